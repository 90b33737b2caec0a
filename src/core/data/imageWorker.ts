/** Worker thread of `imagePool`: decodes and preprocesses one image after the other. */
import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { BrokenImageError } from './brokenImageError';
import { decodeFile } from './decode';
import type { DecodeOptions } from './decodedImage';
import { aboutImage, type ImageAbout } from './imageAbout';
import { preprocess } from './preprocess';
import type { Preprocessing } from './preprocessing';

export interface ImageJob {
  readonly path: string;
  /** Where it is absent, the file is described. */
  readonly preprocessing?: Preprocessing;
  readonly decode?: DecodeOptions | undefined;
}

/** `broken`: what is wrong with the image. `failed`: what is wrong with us. */
export type ImageReply =
  | { readonly pixels: Uint8Array }
  | { readonly about: ImageAbout }
  | { readonly broken: string }
  | { readonly failed: string };

// The pool has as many threads as it may use; the library shall not add its own, nor keep what is read once.
sharp.concurrency(1);
sharp.cache(false);

async function work({ path, preprocessing, decode }: ImageJob): Promise<ImageReply> {
  try {
    const image = await decodeFile(path, decode);
    return preprocessing ? { pixels: preprocess(image, preprocessing) } : { about: aboutImage(image) };
  } catch (error) {
    if (error instanceof BrokenImageError) return { broken: error.message };
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', async (job: ImageJob) => {
  const reply = await work(job);
  parentPort?.postMessage(reply, 'pixels' in reply ? [reply.pixels.buffer as ArrayBuffer] : []);
});
