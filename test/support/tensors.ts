/** Host tensors of numbers drawn from a seed, for tests. */
import { type HostTensor, sizeOf } from '../../src/core/compute/runtime';
import { createRandom } from '../../src/core/random';

export interface Draws {
  /** float32, uniform in [low, high). */
  uniform(shape: readonly number[], low?: number, high?: number): HostTensor;
  /** float32 of few different values, so that there are ties. */
  ties(shape: readonly number[]): HostTensor;
  /** int32, uniform in low ... high - 1. */
  integers(shape: readonly number[], low: number, high: number): HostTensor;
  bools(shape: readonly number[]): HostTensor;
  /** `rank` extents of 1 to 4. */
  shape(rank: number): number[];
  /** A shape that broadcasts to `shape`: fewer axes or extents of 1. */
  broadcastable(shape: readonly number[]): number[];
}

export function drawsFrom(...seed: readonly number[]): Draws {
  const random = createRandom(...seed);
  const numbers = (shape: readonly number[], one: () => number) =>
    Array.from({ length: sizeOf(shape) }, () => one());
  return {
    uniform: (shape, low = -2, high = 2) =>
      floats(
        shape,
        numbers(shape, () => low + random.next() * (high - low)),
      ),
    ties: (shape) =>
      floats(
        shape,
        numbers(shape, () => random.integer(4) - 1.5),
      ),
    integers: (shape, low, high) =>
      integers(
        shape,
        numbers(shape, () => low + random.integer(high - low)),
      ),
    bools: (shape) =>
      bools(
        shape,
        numbers(shape, () => random.integer(2)),
      ),
    shape: (rank) => numbers([rank], () => 1 + random.integer(4)),
    broadcastable: (shape) =>
      shape.slice(random.integer(shape.length + 1)).map((extent) => (random.integer(2) ? extent : 1)),
  };
}

export function floats(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return { shape, dtype: 'float32', data: Float32Array.from(values) };
}

export function integers(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return { shape, dtype: 'int32', data: Int32Array.from(values) };
}

export function bools(shape: readonly number[], values: ArrayLike<number>): HostTensor {
  return { shape, dtype: 'bool', data: Uint8Array.from(values) };
}
