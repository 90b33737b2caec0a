/** Random directions in weight space, in units of a model's own weights. */
import type { Group, TensorSpec } from '../compute/runtime';
import { sizeOf } from '../compute/runtime';
import { createRandom } from '../random';
import { filterNormalise } from './filterNormalise';

/** Keeps these draws apart from others of the same seed. */
const purpose = 31;

/**
 * A filter-normalised normal draw around `weights`, all parameters in one vector in the order of `specs`. Models of the same shapes
 * get the same draws for the same `seed` and `axis`, each scaled to its own weights.
 */
export function randomFilterDirection(
  specs: Group<TensorSpec>,
  weights: Float32Array,
  seed: number,
  axis: number,
): Float32Array {
  const random = createRandom(seed, purpose, axis);
  const direction = Float32Array.from(weights, () => random.normal());
  let from = 0;
  for (const { shape } of Object.values(specs)) {
    const to = from + sizeOf(shape);
    filterNormalise(direction.subarray(from, to), weights.subarray(from, to), shape);
    from = to;
  }
  return direction;
}
