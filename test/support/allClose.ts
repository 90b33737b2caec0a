/** Comparison of numbers with their reference, by stated tolerances. */
import assert from 'node:assert/strict';
import type { TensorSpec } from '../../src/core/compute/runtime';

/** |actual - expected| <= absolute + relative |expected| + ofLargest max |expected|; what is not given is 0. */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
  readonly ofLargest?: number;
}

/** Numbers of a shape: a HostTensor, or one in float64. */
export interface Numbers extends TensorSpec {
  readonly data: ArrayLike<number>;
}

/** Fails unless all numbers are within the tolerance; NaN and infinities equal themselves only. */
export function assertAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  what = 'value',
): void {
  assert.equal(actual.length, expected.length, `${what}: count`);
  const { absolute = 0, relative = 0, ofLargest = 0 } = tolerance;
  const base = absolute + ofLargest * largestOf(expected);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e) continue;
    const allowed = base + (relative === 0 ? 0 : relative * Math.abs(e));
    assert.ok(
      Math.abs(a - e) <= allowed && Number.isFinite(e),
      `${what}[${i}] is ${a}, expected ${e} within ${allowed.toExponential(1)}`,
    );
  }
}

/** As `assertAllClose`, with the same shape and dtype. */
export function assertTensorClose(
  actual: Numbers,
  expected: Numbers,
  tolerance: Tolerance,
  what = 'tensor',
): void {
  assert.deepEqual([...actual.shape], [...expected.shape], `${what}: shape`);
  assert.equal(actual.dtype, expected.dtype, `${what}: dtype`);
  assertAllClose(actual.data, expected.data, tolerance, what);
}

/** The largest finite magnitude; 0 if there is none. */
export function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]!);
    if (magnitude > largest && Number.isFinite(magnitude)) largest = magnitude;
  }
  return largest;
}
