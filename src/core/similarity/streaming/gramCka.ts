/**
 * Linear CKA of all pairs of layers from blocks of their Gram matrices: less to compute than in feature space where the
 * samples are fewer than the features of all layers together. All rows are at hand; no n x n matrix is.
 */
import { dot } from '../../linearAlgebra/matrix';
import { type CentredLayer, centredLayer, rowsOf } from '../centredLayer';
import type { Features } from '../features';
import type { HsicTerms } from '../hsic';
import type { LayerTerms } from './pairTerms';
import type { Products, Sides } from './products';

/** Rows of a block: the Gram blocks of 26 layers take 27 MB. */
const blockRows = 512;

/** Floating-point operations that `n` rows take: each Gram matrix is symmetric. */
export function gramCost(n: number, { a, b }: Sides<number>): number {
  return n * n * ([...a, ...b].reduce((sum, d) => sum + d, 0) + a.length * b.length);
}

/** Bytes that it holds: the rows as they came, and centred. */
export function gramBytes(n: number, { a, b }: Sides<number>): number {
  return 16 * n * [...a, ...b].reduce((sum, d) => sum + d, 0);
}

/** `onBlock` is awaited between blocks: what it throws ends the work. */
export async function gramCka(
  products: Products,
  features: Sides<Features>,
  onBlock: (done: number, total: number) => Promise<void> = async () => {},
): Promise<LayerTerms> {
  const n = features.a[0]!.n;
  const layers = { a: features.a.map(centredLayer), b: features.b.map(centredLayer) };
  const size = Math.min(n, blockRows);
  const widths = { a: features.a.map(({ d }) => d), b: features.b.map(({ d }) => d) };
  const gramProducts = await products.gramProducts(size, widths);
  const sums = {
    cross: new Float64Array(widths.a.length * widths.b.length),
    selfA: new Float64Array(widths.a.length),
    selfB: new Float64Array(widths.b.length),
  };
  const count = Math.ceil(n / size);
  const block = (at: number) => ({
    a: layers.a.map((layer, i) => rowsOf(layer, widths.a[i]!, at * size, Math.min(size, n - at * size))),
    b: layers.b.map((layer, j) => rowsOf(layer, widths.b[j]!, at * size, Math.min(size, n - at * size))),
  });
  let done = 0;
  for (let i = 0; i < count; i++) {
    const left = block(i);
    for (let j = i; j < count; j++) {
      const found = await gramProducts(left, i === j ? left : block(j));
      const times = i === j ? 1 : 2;
      for (const name of ['cross', 'selfA', 'selfB'] as const) {
        const sum = sums[name];
        for (let k = 0; k < sum.length; k++) sum[k]! += times * found[name][k]!;
      }
      await onBlock(++done, (count * (count + 1)) / 2);
    }
  }
  const terms = (x: CentredLayer, y: CentredLayer, product: number): HsicTerms => ({
    n,
    product,
    diagonals: dot(x.diagonal, y.diagonal),
    sumX: x.sum,
    sumY: y.sum,
  });
  const self = (of: readonly (CentredLayer | string)[], values: Float64Array) =>
    of.map((layer, i) => (typeof layer === 'string' ? layer : terms(layer, layer, values[i]!)));
  return {
    selfA: self(layers.a, sums.selfA),
    selfB: self(layers.b, sums.selfB),
    cross: (i, j) =>
      terms(layers.a[i] as CentredLayer, layers.b[j] as CentredLayer, sums.cross[i * widths.b.length + j]!),
    precision: products.precision,
  };
}
