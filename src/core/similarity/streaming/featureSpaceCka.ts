/**
 * Linear CKA of all pairs of layers in feature space: sums of products of features stream by, so that memory is that of
 * the d x d matrices of all pairs, however many samples there are.
 */
import { UserError } from '../../errors';
import type { Features } from '../features';
import type { HsicTerms } from '../hsic';
import { LayerMoments } from './layerMoments';
import type { LayerTerms } from './pairTerms';
import type { ProductSum, Products, Sides } from './products';

/** Bytes of all sums of products, above which comparing fewer layers at a time is asked for. */
const maximumBytes = 3 * 2 ** 30;

/** Floating-point operations that `n` rows take. */
export function featureSpaceCost(n: number, { a, b }: Sides<number>): number {
  const total = (widths: readonly number[]) => widths.reduce((sum, d) => sum + d, 0);
  const squares = [...a, ...b].reduce((sum, d) => sum + d * d, 0);
  return 2 * n * (total(a) * total(b) + squares);
}

export interface FeatureSpaceCka {
  /** Blocks of up to `rows` rows. */
  add(block: Sides<Features>): Promise<void>;
  finish(): Promise<LayerTerms>;
}

/** `pause` is awaited between layers: what it throws ends the work. */
export async function featureSpaceCka(
  products: Products,
  rows: number,
  widths: Sides<number>,
  pause: () => Promise<void> = async () => {},
): Promise<FeatureSpaceCka> {
  // Every layer brings the column of its squared lengths, from which the diagonals of the Gram matrices come.
  const extended = { a: widths.a.map((d) => d + 1), b: widths.b.map((d) => d + 1) };
  const starts = extended.b.map((_, j) => extended.b.slice(0, j).reduce((sum, d) => sum + d, 0));
  const widthB = extended.b.reduce((sum, d) => sum + d, 0);
  const entries = extended.a.reduce((sum, d) => sum + d * widthB, 0);
  if (4 * entries > maximumBytes) {
    throw new UserError(
      `Comparing all pairs of ${widths.a.length} and ${widths.b.length} layers takes ${Math.round((4 * entries) / 2 ** 30)} GiB: choose fewer with --layers, fewer images with --limit, or the measure cka-minibatch.`,
    );
  }
  const moments = {
    a: widths.a.map((d) => new LayerMoments(d)),
    b: widths.b.map((d) => new LayerMoments(d)),
  };
  const sums: { cross: ProductSum[]; a: ProductSum[]; b: ProductSum[] } = { cross: [], a: [], b: [] };
  for (const d of extended.a) {
    sums.cross.push(await products.productSum(rows, d, widthB));
    sums.a.push(await products.productSum(rows, d, d));
  }
  for (const d of extended.b) sums.b.push(await products.productSum(rows, d, d));
  const float32 = products.precision > 1e-12;
  const matrix = (count: number, columns: number) => ({
    rows: count,
    columns,
    data: float32 ? new Float32Array(count * columns) : new Float64Array(count * columns),
  });

  return {
    async add({ a, b }) {
      const n = a[0]!.n;
      const all = matrix(n, widthB);
      for (const [j, features] of b.entries()) {
        moments.b[j]!.add(features, all.data, starts[j]!, widthB);
        const own = matrix(n, extended.b[j]!);
        for (let i = 0; i < n; i++) {
          const from = i * widthB + starts[j]!;
          own.data.set(all.data.subarray(from, from + own.columns), i * own.columns);
        }
        await sums.b[j]!.add(own, own);
      }
      for (const [i, features] of a.entries()) {
        const own = matrix(n, extended.a[i]!);
        moments.a[i]!.add(features, own.data, 0, own.columns);
        await sums.a[i]!.add(own, own);
        await sums.cross[i]!.add(own, all);
        await pause();
      }
    },
    async finish() {
      const self = async (sum: ProductSum, of: LayerMoments) => {
        const data = await sum.take();
        return of.whyUndefined ?? termsOf(data, of.d + 1, 0, of, of);
      };
      const selfA: (HsicTerms | string)[] = [];
      const selfB: (HsicTerms | string)[] = [];
      const cross: HsicTerms[][] = [];
      for (const [i, of] of moments.a.entries()) {
        selfA.push(await self(sums.a[i]!, of));
        const data = await sums.cross[i]!.take();
        cross.push(moments.b.map((other, j) => termsOf(data, widthB, starts[j]!, of, other)));
      }
      for (const [j, of] of moments.b.entries()) selfB.push(await self(sums.b[j]!, of));
      return { selfA, selfB, cross: (i, j) => cross[i]![j]!, precision: products.precision };
    },
  };
}

/**
 * The terms of two layers from S = [X, q]' [Y, p], which begins at column `start` of rows of `stride` entries. With the means mx and
 * my: Xc' Yc = X'Y - n mx my', and k = q - 2 X mx + ||mx||^2 is the diagonal of the centred Gram matrix, l likewise.
 */
function termsOf(
  data: Float32Array | Float64Array,
  stride: number,
  start: number,
  x: LayerMoments,
  y: LayerMoments,
): HsicTerms {
  const n = x.rows;
  const [mx, my] = [x.means, y.means];
  const [c, e] = [lengthSquared(mx), lengthSquared(my)];
  let product = 0;
  let between = 0;
  let squaresX = 0;
  let squaresY = 0;
  for (let i = 0; i < x.d; i++) {
    const row = i * stride + start;
    let weighted = 0;
    for (let j = 0; j < y.d; j++) {
      const value = data[row + j]!;
      const centred = value - n * mx[i]! * my[j]!;
      product += centred * centred;
      weighted += my[j]! * value;
    }
    between += mx[i]! * weighted;
    squaresY += mx[i]! * data[row + y.d]!;
  }
  const last = x.d * stride + start;
  for (let j = 0; j < y.d; j++) squaresX += my[j]! * data[last + j]!;
  const diagonals =
    data[last + y.d]! +
    e * x.sumOfSquares +
    c * y.sumOfSquares -
    2 * squaresX -
    2 * squaresY +
    4 * between -
    3 * n * c * e;
  return { n, product, diagonals, sumX: x.sumOfSquares - n * c, sumY: y.sumOfSquares - n * e };
}

function lengthSquared(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
