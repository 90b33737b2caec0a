/** All measures of all pairs of layers of two sides, in one pass over the images. */
import type { MeasureResult } from '../../protocol/compare';
import { UserError } from '../errors';
import { whyTooFew } from '../similarity/cka';
import type { Measure } from '../similarity/measure';
import { type FeaturePass, openFeaturePass, type PassOptions } from './featurePass';
import { LogitsPass } from './logitsPass';
import { rowBlocks } from './rowBlocks';
import type { RepresentationSource } from './source';

export interface MeasureOptions extends PassOptions {
  /** Images to compare on, ascending; at least one. */
  readonly indices: Int32Array;
  readonly imagesPerRead: number;
}

export interface Measured {
  readonly rows: number;
  /** By id, in the order of the measures asked for. */
  readonly measures: Readonly<Record<string, MeasureResult>>;
}

const isDebiased = ({ id }: Measure) => id === 'cka-debiased' || id === 'cka-minibatch';

/** Throws a UserError where no measure can be computed at all; what is undefined for a pair of layers is null with its reason. */
export async function measureLayers(
  sources: { readonly a: RepresentationSource; readonly b: RepresentationSource },
  measures: readonly Measure[],
  options: MeasureOptions,
): Promise<Measured> {
  const { indices, signal, onProgress } = options;
  const names = { a: sources.a.layers, b: sources.b.layers };
  const logits = new LogitsPass(
    measures.filter(({ on }) => on === 'logits'),
    indices.length,
    options.seed,
  );
  const onFeatures = measures.filter(({ on }) => on === 'features');
  let pass: FeaturePass | undefined;
  let rows = 0;
  const blocks = rowBlocks(sources, {
    ...options,
    onRead(a, b, done) {
      logits.add(a.logits, b.logits);
      onProgress?.({ stage: 'Comparing the images', done, total: indices.length });
    },
  });
  for await (const { start, total, layers } of blocks) {
    rows = total;
    const few = whyTooFew(total);
    if (few !== undefined && measures.every(isDebiased)) {
      throw new UserError(`Nothing can be compared: ${few}.`);
    }
    pass ??= await openFeaturePass(onFeatures, names, total, layers, options);
    signal?.throwIfAborted();
    await pass.add(start, layers);
  }
  const found = { ...(await pass!.finish()), ...logits.finish() };
  return { rows, measures: Object.fromEntries(measures.map(({ id }) => [id, found[id]!])) };
}
