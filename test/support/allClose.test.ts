/** The comparison that other tests rely on lets nothing through. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { assertAllClose, assertTensorClose, type Tolerance } from './allClose';
import { floats, integers } from './tensors';

const fails = (actual: number[], expected: number[], tolerance: Tolerance) =>
  assert.throws(() => assertAllClose(actual, expected, tolerance), assert.AssertionError);

test('each tolerance allows what it says and no more', () => {
  assertAllClose([1.05, 100], [1, 100], { absolute: 0.051 });
  fails([1.05, 100], [1, 100], { absolute: 0.049 });
  assertAllClose([1.05, 104], [1, 100], { relative: 0.051 });
  fails([1.05, 106], [1, 100], { relative: 0.051 });
  assertAllClose([1.9, 100], [1, 100], { ofLargest: 0.01 });
  fails([2.1, 100], [1, 100], { ofLargest: 0.01 });
  fails([1 + 1e-15], [1], {});
});

test('infinities and NaN equal themselves only', () => {
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const generous = { absolute: 1e9, relative: 1e9, ofLargest: 1e9 };
  assertAllClose(special, special, {});
  for (const one of special) {
    fails([one], [1], generous);
    fails([1], [one], generous);
  }
  fails([Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY], generous);
});

test('counts, shapes and dtypes must be the same', () => {
  fails([1], [1, 1], { absolute: 9 });
  assert.throws(() => assertTensorClose(floats([2], [1, 2]), floats([1, 2], [1, 2]), {}), /shape/);
  assert.throws(() => assertTensorClose(floats([2], [1, 2]), integers([2], [1, 2]), {}), /dtype/);
});
