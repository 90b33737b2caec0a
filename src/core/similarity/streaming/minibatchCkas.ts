/** Minibatch CKA of all pairs of layers: one batch of rows at a time, and nothing is kept of it but sums. */
import { dot } from '../../linearAlgebra/matrix';
import { type CentredLayer, centredLayer, rowsOf } from '../centredLayer';
import { nothingLeft, whyTooFew } from '../cka';
import { minibatchSize } from '../ckaMinibatch';
import { type Features, type Similarity, undefinedBecause, whyNotFinite } from '../features';
import { unbiased } from '../hsic';
import { relativeFloor, type SimilarityTable } from './pairTerms';
import type { Products, Sides } from './products';

export interface MinibatchCkas {
  /** Batches of `minibatchSize` rows, the last one of fewer. */
  add(batch: Sides<Features>): Promise<void>;
  finish(): SimilarityTable;
}

/** Floating-point operations that `n` rows take. */
export function minibatchCost(n: number, { a, b }: Sides<number>): number {
  return 2 * n * minibatchSize * ([...a, ...b].reduce((sum, d) => sum + d, 0) + a.length * b.length);
}

export async function minibatchCkas(products: Products, widths: Sides<number>): Promise<MinibatchCkas> {
  const { a: widthsA, b: widthsB } = widths;
  const gramProducts = await products.gramProducts(minibatchSize, widths);
  const cross = new Float64Array(widthsA.length * widthsB.length);
  const self = { a: new Float64Array(widthsA.length), b: new Float64Array(widthsB.length) };
  /** Below these, what is left of `self` is rounding. */
  const floors = { a: new Float64Array(widthsA.length), b: new Float64Array(widthsB.length) };
  const bad: { a: (string | undefined)[]; b: (string | undefined)[] } = { a: [], b: [] };
  let rows = 0;
  let leftOut = 0;

  return {
    async add(batch) {
      const n = batch.a[0]!.n;
      for (const side of ['a', 'b'] as const) {
        for (const [i, features] of batch[side].entries()) {
          bad[side][i] ??= whyNotFinite(features)?.replace(
            /^sample (\d+)/,
            (_, at) => `sample ${rows + Number(at)}`,
          );
        }
      }
      rows += n;
      if (n < 4) {
        leftOut = n;
        return;
      }
      const layers = { a: batch.a.map(centredLayer), b: batch.b.map(centredLayer) };
      const matrices = {
        a: layers.a.map((layer, i) => rowsOf(layer, widthsA[i]!, 0, n)),
        b: layers.b.map((layer, j) => rowsOf(layer, widthsB[j]!, 0, n)),
      };
      const found = await gramProducts(matrices, matrices);
      const inUnits = (x: CentredLayer, y: CentredLayer, product: number) =>
        (product / (n * (n - 3))) * (x.norm * y.norm) ** 2;
      // HSIC1 in the units of the data; a batch in which one side does not vary adds nothing to what both share.
      const hsic = (x: CentredLayer | string, y: CentredLayer | string, product: number): number => {
        if (typeof x === 'string' || typeof y === 'string') return 0;
        const terms = { n, product, diagonals: dot(x.diagonal, y.diagonal), sumX: x.sum, sumY: y.sum };
        return inUnits(x, y, unbiased(terms));
      };
      const addSelf = (side: 'a' | 'b', i: number, x: CentredLayer | string, product: number) => {
        if (typeof x === 'string') return;
        self[side][i]! += hsic(x, x, product);
        floors[side][i]! += relativeFloor(products.precision) * inUnits(x, x, product);
      };
      layers.a.forEach((x, i) => {
        addSelf('a', i, x, found.selfA[i]!);
        layers.b.forEach((y, j) => {
          const at = i * widthsB.length + j;
          cross[at]! += hsic(x, y, found.cross[at]!);
        });
      });
      layers.b.forEach((y, j) => {
        addSelf('b', j, y, found.selfB[j]!);
      });
    },
    finish() {
      const few = whyTooFew(rows);
      const value = (i: number, j: number): Similarity => {
        const why = few ?? bad.a[i] ?? bad.b[j];
        if (why !== undefined) return undefinedBecause(why);
        const [own, other] = [self.a[i]!, self.b[j]!];
        if (!(own > floors.a[i]! && other > floors.b[j]!)) return undefinedBecause(nothingLeft);
        const ratio = cross[i * widthsB.length + j]! / Math.sqrt(own) / Math.sqrt(other);
        const similarity = { value: Math.max(-1, Math.min(1, ratio)) };
        return leftOut === 0
          ? similarity
          : { ...similarity, note: `the last ${leftOut} of ${rows} samples are left out` };
      };
      return widthsA.map((_, i) => widthsB.map((_, j) => value(i, j)));
    },
  };
}
