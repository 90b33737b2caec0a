/**
 * The two products that streaming measures are made of, in float64 here, and in float32 by a compiled program in
 * `runtimeProducts.ts` where there is much to compute.
 */
import { dot, type MatrixView, zeros } from '../../linearAlgebra/matrix';
import { multiply } from '../../linearAlgebra/multiply';

/** Matrices of all layers of two models, rows of all the same samples. */
export interface Sides<T> {
  readonly a: readonly T[];
  readonly b: readonly T[];
}

/** A running sum of x' y over blocks of rows. */
export interface ProductSum {
  add(x: MatrixView, y: MatrixView): Promise<void>;
  /** `[widthX, widthY]`, row-major. Afterwards the sum is closed. */
  take(): Promise<Float32Array | Float64Array>;
}

/** Inner products of Gram matrices of layers, all by layers. */
export interface GramInnerProducts {
  /** <K_i, L_j>, `[layers of A, layers of B]`, row-major. */
  readonly cross: ArrayLike<number>;
  /** <K_i, K_i> */
  readonly selfA: ArrayLike<number>;
  /** <L_j, L_j> */
  readonly selfB: ArrayLike<number>;
}

/** <K_i, L_j> for K_i = left.a[i] right.a[i]' and L_j = left.b[j] right.b[j]'. */
export type GramProducts = (left: Sides<MatrixView>, right: Sides<MatrixView>) => Promise<GramInnerProducts>;

export interface Products {
  /** Relative error to expect of a sum that does not cancel. */
  readonly precision: number;
  /** Blocks may have up to `rows` rows. */
  productSum(rows: number, widthX: number, widthY: number): Promise<ProductSum>;
  gramProducts(rows: number, widths: Sides<number>): Promise<GramProducts>;
}

export const float64Products: Products = {
  precision: 1e-15,
  async productSum(_rows, widthX, widthY) {
    const sum = zeros(widthX, widthY);
    return {
      async add(x, y) {
        const { data } = multiply(x, y, { transposeA: true });
        for (let i = 0; i < data.length; i++) sum.data[i]! += data[i]!;
      },
      take: async () => sum.data,
    };
  },
  async gramProducts() {
    return async (left, right) => {
      const gram = (x: MatrixView, i: number, of: readonly MatrixView[]) =>
        multiply(x, of[i]!, { transposeB: true }).data;
      const k = left.a.map((x, i) => gram(x, i, right.a));
      const l = left.b.map((x, i) => gram(x, i, right.b));
      return {
        cross: k.flatMap((x) => l.map((y) => dot(x, y))),
        selfA: k.map((x) => dot(x, x)),
        selfB: l.map((y) => dot(y, y)),
      };
    };
  },
};
