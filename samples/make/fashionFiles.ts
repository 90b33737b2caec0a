/** Reads the files of Fashion-MNIST (gzipped IDX: big-endian magic and sizes, then bytes). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface FashionImages {
  /** `[count, size, size]` */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  readonly count: number;
  readonly size: number;
}

export function readFashion(folder: string, part: 'train' | 't10k'): FashionImages {
  const images = gunzipSync(readFileSync(path.join(folder, `${part}-images-idx3-ubyte.gz`)));
  const labels = gunzipSync(readFileSync(path.join(folder, `${part}-labels-idx1-ubyte.gz`)));
  const [imagesMagic, labelsMagic] = [0x803, 0x801];
  if (images.readInt32BE(0) !== imagesMagic || labels.readInt32BE(0) !== labelsMagic) {
    throw new Error(`${folder} does not hold the files of Fashion-MNIST.`);
  }
  return {
    images: images.subarray(16),
    labels: labels.subarray(8),
    count: images.readInt32BE(4),
    size: images.readInt32BE(8),
  };
}
