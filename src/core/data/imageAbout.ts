/** What is told of an image file besides its pixels. */
import { createHash } from 'node:crypto';
import type { DecodedImage } from './decodedImage';

export interface ImageAbout extends Pick<DecodedImage, 'format' | 'width' | 'height' | 'channels' | 'bits'> {
  /** Of the decoded pixels: equal for the same picture, however it is packed. */
  readonly hash: string;
  /** Gray of over 8 bits that has no pixel beyond a quarter of white: its values fill a small part of their range. */
  readonly dark: boolean;
}

const quarterOfWhite = 64;

export function aboutImage({ format, width, height, channels, bits, data }: DecodedImage): ImageAbout {
  const dark = bits > 8 && channels === 1 && data.every((value) => value < quarterOfWhite);
  return { format, width, height, channels, bits, hash: hashPixels(width, height, channels, data), dark };
}

/** SHA-256 over the size and the bytes. */
export function hashPixels(width: number, height: number, channels: number, data: Uint8Array): string {
  return createHash('sha256').update(`${width} ${height} ${channels}\0`).update(data).digest('hex');
}
