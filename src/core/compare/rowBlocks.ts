/** The rows of both sides, read a few images at a time and handed on in blocks of one size. */
import { UserError } from '../errors';
import type { Features } from '../similarity/features';
import type { Sides } from '../similarity/streaming/products';
import type { RepresentationSource, Representations } from './source';

/** Rows of a block: enough for products to be fast, few enough that all layers of two large models fit in memory. */
export const blockRows = 1024;

export interface RowBlock {
  /** Place of its first row among all. */
  readonly start: number;
  /** Rows of all blocks together. */
  readonly total: number;
  readonly layers: Sides<Features>;
}

export interface BlockOptions {
  /** Images, ascending. */
  readonly indices: Int32Array;
  readonly imagesPerRead: number;
  readonly signal?: AbortSignal | undefined;
  /** Told what was read of `done` images so far. */
  readonly onRead: (a: Representations, b: Representations, done: number) => void;
}

/** Throws a UserError if an image gives the two sides different numbers of rows. */
export async function* rowBlocks(
  sources: { readonly a: RepresentationSource; readonly b: RepresentationSource },
  { indices, imagesPerRead, signal, onRead }: BlockOptions,
): AsyncGenerator<RowBlock, void, undefined> {
  let start = 0;
  let waiting: Sides<Features> | undefined;
  for (let from = 0; from < indices.length; from += imagesPerRead) {
    signal?.throwIfAborted();
    const some = indices.subarray(from, from + imagesPerRead);
    const a = await sources.a.read(some, signal);
    const b = await sources.b.read(some, signal);
    const rowsPerImage = a.layers[0]!.n / some.length;
    checkTokens(rowsPerImage, b.layers[0]!.n / some.length);
    const total = rowsPerImage * indices.length;
    onRead(a, b, from + some.length);
    const there: Sides<Features> = {
      a: a.layers.map((x, i) => joined(waiting?.a[i], x)),
      b: b.layers.map((x, i) => joined(waiting?.b[i], x)),
    };
    const { n } = there.a[0]!;
    const isLast = from + some.length === indices.length;
    let at = 0;
    while (n - at >= blockRows || (isLast && at < n)) {
      const count = Math.min(blockRows, n - at);
      yield { start, total, layers: rowsAt(there, at, count) };
      at += count;
      start += count;
    }
    waiting = rowsAt(there, at, n - at);
  }
}

/** Rows `start`..`start + count` of every layer, as views. */
export function rowsAt({ a, b }: Sides<Features>, start: number, count: number): Sides<Features> {
  const view = ({ d, data }: Features): Features => ({
    n: count,
    d,
    data: data.subarray(start * d, (start + count) * d),
  });
  return { a: a.map(view), b: b.map(view) };
}

function joined(first: Features | undefined, second: Features): Features {
  if (first === undefined || first.n === 0) return second;
  const length = first.data.length + second.data.length;
  const wide = first.data instanceof Float64Array || second.data instanceof Float64Array;
  const data = wide ? new Float64Array(length) : new Float32Array(length);
  data.set(first.data);
  data.set(second.data, first.data.length);
  return { n: first.n + second.n, d: first.d, data };
}

function checkTokens(a: number, b: number): void {
  if (a === b) return;
  throw new UserError(
    `The two sides have ${a} and ${b} tokens an image; tokens compare only where they are the same, so choose the samples cls or mean.`,
  );
}
