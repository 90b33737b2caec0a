/** Hessian-vector products by differences of gradients: slower than the exact ones, and a check on them. */
import { norm } from '../linearAlgebra/matrix';
import type { LossSurface } from './lossSurface';

/** Length in weight space of the step that finds out how much the gradient changes along a direction. */
const pilotStep = 1e-2;
/**
 * Change of the gradient that the final step aims at. Float32 gradients of a small vision transformer are off by some 1e-6 in all, which is
 * then less than 1e-3 of the change; steps longer than it takes let the third derivative in.
 */
const aimedChange = 0.02;
const [shortest, longest] = [2e-3, 5e-2];

/**
 * The surface with H v = ||v|| (g(w + h u) - g(w - h u)) / 2h, u = v / ||v||. No single h does for all directions: along the gradient
 * a small transformer needs h <= 4e-3 to be right to 1e-3, along random directions, where it hardly curves, h >= 2e-2. So a
 * first pair of gradients finds the curvature, and a second pair is taken with h = 0.02 / ||H u||, within 0.002 and 0.05.
 */
export function hessianByDifferences(surface: LossSurface): LossSurface {
  const alongUnit = async (w: Float32Array, u: Float32Array, step: number): Promise<Float32Array> => {
    const up = await surface.lossAndGradient(w.map((weight, i) => weight + step * u[i]!));
    const down = await surface.lossAndGradient(w.map((weight, i) => weight - step * u[i]!));
    return up.gradient.map((g, i) => (g - down.gradient[i]!) / (2 * step));
  };
  return {
    ...surface,
    async hessianVector(w, v) {
      const length = norm(v);
      if (length === 0) return new Float32Array(v.length);
      const u = v.map((entry) => entry / length);
      const curvature = norm(await alongUnit(w, u, pilotStep));
      if (!Number.isFinite(curvature)) return new Float32Array(v.length).fill(Number.NaN);
      const step = Math.min(longest, Math.max(shortest, aimedChange / curvature));
      return (await alongUnit(w, u, step)).map((entry) => entry * length);
    },
  };
}
