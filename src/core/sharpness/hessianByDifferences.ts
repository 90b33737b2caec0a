/** Hessian-vector products by differences of gradients: slower to trust than the exact ones, and a check on them. */
import { norm } from '../linearAlgebra/matrix';
import type { LossSurface } from './lossSurface';

/** Length of the step in weight space; float32 gradients lose digits below, the third derivative enters above. */
export const defaultDifferenceStep = 5e-3;

/**
 * The surface with H v = ||v|| (g(w + h u) - g(w - h u)) / 2h, u = v / ||v||: an error of order h^2 in the third derivative
 * and of order 1e-7 ||g|| / h in rounding. Two gradients a product, where the exact one costs about two to three.
 */
export function hessianByDifferences(surface: LossSurface, step = defaultDifferenceStep): LossSurface {
  return {
    ...surface,
    async hessianVector(w, v) {
      const length = norm(v);
      if (length === 0) return new Float32Array(v.length);
      const factor = step / length;
      const up = await surface.lossAndGradient(w.map((weight, i) => weight + factor * v[i]!));
      const down = await surface.lossAndGradient(w.map((weight, i) => weight - factor * v[i]!));
      return up.gradient.map((g, i) => (g - down.gradient[i]!) / (2 * factor));
    },
  };
}
