/** Random directions in weight space, in units of a model's own weights. */
import type { Group, TensorSpec } from '../compute/runtime';
import { sizeOf } from '../compute/runtime';
import { createRandom } from '../random';
import { filterNormalise } from './filterNormalise';

/** Keeps these draws apart from others of the same seed. */
const purpose = 31;

/**
 * A filter-normalised normal draw around `weights`, all parameters in one vector in the order of `specs`; 0 for `buffers`. Models of the same shapes
 * get the same draws for the same `seed` and `axis`, each scaled to its own weights.
 */
export function randomFilterDirection(
  specs: Group<TensorSpec>,
  weights: Float32Array,
  seed: number,
  axis: number,
  buffers: readonly string[] = [],
): Float32Array {
  const random = createRandom(seed, purpose, axis);
  const direction = Float32Array.from(weights, () => random.normal());
  let from = 0;
  for (const [name, { shape }] of Object.entries(specs)) {
    const to = from + sizeOf(shape);
    if (buffers.includes(name)) direction.fill(0, from, to);
    else filterNormalise(direction.subarray(from, to), weights.subarray(from, to), shape);
    from = to;
  }
  return direction;
}
