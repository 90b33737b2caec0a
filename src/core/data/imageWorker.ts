/** Worker thread of `imagePool`: decodes and preprocesses one file after the other. */
import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { BrokenImageError } from './brokenImageError';
import { type OpenedFile, openFile } from './decode';
import type { DecodeOptions, SliceChoice } from './decodedImage';
import { aboutImage, type ImageAbout } from './imageAbout';
import { preprocess } from './preprocess';
import type { Preprocessing } from './preprocessing';

export interface ImageJob {
  readonly path: string;
  /** What is wanted of the file; undefined: what it shows where nothing is said. */
  readonly slices: readonly (SliceChoice | undefined)[];
  /** Where it is absent, the slices are described. */
  readonly preprocessing?: Preprocessing;
  readonly decode: DecodeOptions;
}

export interface ImageReply {
  /** As of `openFile`; undefined where it cannot be opened. */
  readonly content: string | undefined;
  readonly slices: readonly SliceReply[];
}

/** Of a slice. `broken`: what is wrong with the image. `failed`: what is wrong with us. */
export type SliceReply =
  | { readonly pixels: Uint8Array }
  | { readonly about: ImageAbout }
  | { readonly broken: string }
  | { readonly failed: string };

// The pool has as many threads as it may use; the library shall not add its own, nor keep what is read once.
sharp.concurrency(1);
sharp.cache(false);

async function make(
  opened: Promise<OpenedFile>,
  slice: SliceChoice | undefined,
  preprocessing: Preprocessing | undefined,
): Promise<SliceReply> {
  try {
    const { image: open } = await opened;
    const image = await open(slice);
    return preprocessing ? { pixels: preprocess(image, preprocessing) } : { about: aboutImage(image) };
  } catch (error) {
    if (error instanceof BrokenImageError) return { broken: error.message };
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

parentPort?.on('message', async ({ path, slices, preprocessing, decode }: ImageJob) => {
  const opened = openFile(path, decode);
  const made: SliceReply[] = [];
  for (const slice of slices) made.push(await make(opened, slice, preprocessing));
  const content = await opened.then(
    (file) => file.content,
    () => undefined,
  );
  const memory = made.flatMap((reply) => ('pixels' in reply ? [reply.pixels.buffer as ArrayBuffer] : []));
  parentPort?.postMessage({ content, slices: made } satisfies ImageReply, memory);
});
