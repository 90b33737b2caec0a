/** What a decoder is asked for and what it gives. */
import type { VolumeAxis } from '../../protocol/dataSettings';
import { BrokenImageError } from './brokenImageError';
import type { PixelImage } from './resize';

export type ImageFormat = 'PNG' | 'JPEG' | 'WebP' | 'TIFF' | 'BMP' | 'DICOM' | 'NIfTI';

export interface DecodedImage extends PixelImage {
  readonly format: ImageFormat;
  /** Bits a channel that the file keeps. */
  readonly bits: number;
}

/** The slice number `index` of the `of` middle slices. */
export interface SliceChoice {
  readonly index: number;
  readonly of: number;
}

/**
 * A file that is read and unpacked: any slice of the volume, frame or page. Default: the middle one of a volume, the first page of
 * a TIFF. Throws BrokenImageError.
 */
export type OpenedImage = (slice?: SliceChoice) => DecodedImage | Promise<DecodedImage>;

export interface DecodeOptions {
  /** Direction in which a NIfTI volume is cut. Default: axial. */
  readonly axis?: VolumeAxis | undefined;
  /** Centre and width of the grey values shown, in the unit of the file; of images with over 8 bits only. */
  readonly window?: readonly [center: number, width: number] | undefined;
}

/** Bounds the memory of one decoded image. */
export const maxPixels = 100_000_000;
/** No file that holds that many pixels is longer, nor may it inflate to more. */
export const maxFileBytes = 1024 * 1024 * 1024;

/**
 * Which of `depth` slices is meant: the `of` slices in the middle are `floor((depth - of) / 2)` and those that follow, so
 * that of one, it is the one at `floor((depth - 1) / 2)`. Throws BrokenImageError where there are fewer slices.
 */
export function sliceIndex(depth: number, { index, of }: SliceChoice = { index: 0, of: 1 }): number {
  if (of > depth)
    throw new BrokenImageError(
      `it has ${depth} ${depth === 1 ? 'slice' : 'slices'}, but ${of} are asked for; ask for fewer`,
    );
  return Math.floor((depth - of) / 2) + index;
}
