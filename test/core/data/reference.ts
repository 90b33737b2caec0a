/** What Pillow and Hugging Face make of the images in fixtures/: see fixtures/make_fixtures.py. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { openFile, openImage } from '../../../src/core/data/decode';
import type { DecodedImage, DecodeOptions, SliceChoice } from '../../../src/core/data/decodedImage';
import type { Preprocessing } from '../../../src/core/data/preprocessing';

export const fixtures = path.join(__dirname, 'fixtures');

export type SliceOptions = DecodeOptions & { readonly slice?: SliceChoice };

export async function decodeFile(
  file: string,
  { slice, ...options }: SliceOptions = {},
): Promise<DecodedImage> {
  return (await openFile(file, options)).image(slice);
}

export async function decodeImage(
  bytes: Buffer,
  { slice, ...options }: SliceOptions = {},
): Promise<DecodedImage> {
  return openImage(bytes, options)(slice);
}

/** A tensor of resize/huggingface.safetensors. */
export function huggingFaceTensor(name: string): {
  shape: number[];
  bytes: Uint8Array;
  floats: () => Float32Array;
} {
  const file = readFileSync(path.join(fixtures, 'resize/huggingface.safetensors'));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const { shape, data_offsets } = header[name]!;
  const bytes = new Uint8Array(
    file.subarray(8 + headerLength + data_offsets[0], 8 + headerLength + data_offsets[1]),
  );
  return { shape, bytes, floats: () => new Float32Array(bytes.buffer) };
}

/** RGB bytes `[18, 24, 3]` of every whole image in images/, as Pillow decodes them. */
export function pillowDecoded(): Map<string, Uint8Array> {
  const decoded = JSON.parse(readFileSync(path.join(fixtures, 'decoded.json'), 'utf8')) as Record<
    string,
    string
  >;
  return new Map(
    Object.entries(decoded).map(([name, text]) => [name, inflateSync(Buffer.from(text, 'base64'))]),
  );
}

/** Squash to 6 x 8 (height x width), values 0..1. */
export const toSixByEight: Preprocessing = {
  resize: { kind: 'squash', height: 6, width: 8 },
  filter: 'bilinear',
  crop: null,
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};
