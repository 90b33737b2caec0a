/**
 * Measures of the representations of all pairs of layers: linear CKA from what is summed up as the rows stream by, everything
 * else from rows that are kept. docs/similarity-scale.md counts what each form costs.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MeasureResult } from '../../protocol/compare';
import type { ReportProgress } from '../../protocol/progress';
import { minibatchSize } from '../similarity/ckaMinibatch';
import type { Features, Similarity } from '../similarity/features';
import type { Measure } from '../similarity/measure';
import { everyTime, Remembered } from '../similarity/once';
import { featureSpaceCka, featureSpaceCost } from '../similarity/streaming/featureSpaceCka';
import { gramBytes, gramCka, gramCost } from '../similarity/streaming/gramCka';
import { minibatchCkas, minibatchCost } from '../similarity/streaming/minibatchCkas';
import { ckaTable, type LinearCkaId } from '../similarity/streaming/pairTerms';
import { float64Products, type Products, type Sides } from '../similarity/streaming/products';
import { subsampleRows } from '../similarity/subsample';
import { HeldRows } from './heldRows';
import { measureResult } from './measureResult';
import { blockRows, rowsAt } from './rowBlocks';

export interface PassOptions {
  readonly seed: number;
  /** Products by a compiled program, asked for where there is much to compute. */
  readonly compiledProducts: () => Promise<Products>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

export interface FeaturePass {
  /** The next rows of all layers, the first of which has place `start`. */
  add(start: number, layers: Sides<Features>): Promise<void>;
  finish(): Promise<Record<string, MeasureResult>>;
}

/** Rows that a measure on all pairs of rows gets at most. */
const mostPairwiseRows = 1024;
/** Bytes of rows that are kept for one purpose at most: with it, memory does not grow with the number of samples. */
const mostHeldBytes = 512 * 2 ** 20;
/** Floating-point operations that plain float64 takes about three seconds for; more is left to a compiled program. */
const plainOperations = 1e10;

const isLinear = (id: string): id is LinearCkaId => id === 'cka' || id === 'cka-debiased';

/** `first`: the rows that come first of all `total`. Throws a UserError where there are too many layers for a measure. */
export async function openFeaturePass(
  measures: readonly Measure[],
  names: Sides<string>,
  total: number,
  first: Sides<Features>,
  options: PassOptions,
): Promise<FeaturePass> {
  const { seed, signal, onProgress } = options;
  const widths = { a: first.a.map(({ d }) => d), b: first.b.map(({ d }) => d) };
  const linear = measures.filter(({ id }) => isLinear(id));
  const batched = measures.filter(({ id }) => id === 'cka-minibatch');
  const direct = measures.filter((measure) => !linear.includes(measure) && !batched.includes(measure));

  /** Lets a request to cancel be heard. */
  const pause = async () => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  const useGrams =
    gramBytes(total, widths) <= mostHeldBytes && gramCost(total, widths) <= featureSpaceCost(total, widths);
  const operations =
    (linear.length > 0 ? (useGrams ? gramCost : featureSpaceCost)(total, widths) : 0) +
    (batched.length > 0 ? minibatchCost(total, widths) : 0);
  const products = operations > plainOperations ? await options.compiledProducts() : float64Products;
  const stream =
    linear.length > 0 && !useGrams
      ? await featureSpaceCka(products, Math.min(total, blockRows), widths, pause)
      : undefined;
  const batches = batched.length > 0 ? await minibatchCkas(products, widths) : undefined;

  /** By number of rows. */
  const held = new Map<number, Readonly<Record<'a' | 'b', HeldRows>>>();
  const keep = (most: number): number => {
    const n = Math.min(total, most);
    const rows = subsampleRows(total, n, seed);
    if (!held.has(n)) held.set(n, { a: new HeldRows(rows), b: new HeldRows(rows) });
    return n;
  };
  const widthOfAll = [...widths.a, ...widths.b].reduce((sum, d) => sum + d, 0);
  const mostRows = Math.max(4, Math.floor(mostHeldBytes / (8 * widthOfAll)));
  const rowsOf = (measure: Measure) =>
    keep(measure.pairwise ? Math.min(mostPairwiseRows, mostRows) : mostRows);
  for (const measure of direct) rowsOf(measure);
  if (linear.length > 0 && useGrams) keep(total);

  const keptFeatures = (n: number): Sides<Features> => {
    const { a, b } = held.get(n)!;
    return { a: a.features(), b: b.features() };
  };

  const linearTerms = () =>
    stream
      ? stream.finish()
      : gramCka(products, keptFeatures(total), (done, of) => {
          onProgress?.({ stage: 'Comparing the layers', done, total: of });
          return pause();
        });

  const compareDirectly = async (measure: Measure): Promise<MeasureResult> => {
    const n = rowsOf(measure);
    const { a, b } = keptFeatures(n);
    const table: Similarity[][] = [];
    const remembered = new Remembered();
    // What a measure on pairs of rows makes of a side has n x n numbers, and all sides of B are kept.
    const affordable = !measure.pairwise || 8 * n * n * (b.length + 1) <= mostHeldBytes;
    const once = affordable ? remembered.once : everyTime;
    for (const x of a) {
      const row: Similarity[] = [];
      table.push(row);
      for (const y of b) {
        const done = (table.length - 1) * b.length + row.length;
        onProgress?.({ stage: `Comparing the layers: ${measure.name}`, done, total: a.length * b.length });
        await pause();
        row.push(measure.compare(x, y, { seed, once }));
      }
      remembered.forget(x);
    }
    return measureResult(measure, table, names, n < total ? { n, of: total, seed } : undefined);
  };

  return {
    async add(start, layers) {
      for (const { a, b } of held.values()) {
        a.add(start, layers.a);
        b.add(start, layers.b);
      }
      await stream?.add(layers);
      if (!batches) return;
      const { n } = layers.a[0]!;
      for (let at = 0; at < n; at += minibatchSize) {
        await batches.add(rowsAt(layers, at, Math.min(minibatchSize, n - at)));
        await pause();
      }
    },
    async finish() {
      const found: Record<string, MeasureResult> = {};
      if (linear.length > 0) {
        const terms = await linearTerms();
        for (const measure of linear) {
          found[measure.id] = measureResult(measure, ckaTable(measure.id as LinearCkaId, terms), names);
        }
      }
      for (const measure of batched) found[measure.id] = measureResult(measure, batches!.finish(), names);
      for (const measure of direct) found[measure.id] = await compareDirectly(measure);
      return found;
    },
  };
}
