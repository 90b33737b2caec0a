/** Cases of the elementwise operations on two or more tensors. */
import * as tf from '@tensorflow/tfjs-core';
import { drawsFrom, floats, integers } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(1);

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Floats that broadcast in both directions, a scalar on either side, and nothing at all. */
function broadcasting(op: Binary, low = -2, high = 2): KernelCase[] {
  const inputs = (a: readonly number[], b: readonly number[]) => [
    draw.uniform(a, low, high),
    draw.uniform(b, low, high),
  ];
  const cases = [1, 2, 3, 4].map((rank) => {
    const full = draw.shape(rank);
    const other = draw.broadcastable(full);
    return kernelCase(`float32 [${full}] with [${other}]`, inputs(full, other), op);
  });
  return [
    ...cases,
    kernelCase('both broadcast', inputs([3, 1, 2], [1, 4, 1]), op),
    kernelCase('a scalar on the left', inputs([], [2, 3]), op),
    kernelCase('a scalar on the right', inputs([2, 3], []), op),
    kernelCase('two scalars', inputs([], []), op),
    kernelCase('no element', inputs([0, 3], [1, 3]), op),
    kernelCase('number on the right', inputs([2, 3], []).slice(0, 1), (a) => op(a, tf.scalar(1.5))),
    kernelCase('number on the left', inputs([2, 3], []).slice(0, 1), (a) => op(tf.scalar(1.5), a)),
    kernelCase('a broadcast operand', inputs([3, 1], [1, 4]), (a, b) =>
      op(tf.broadcastTo(a, [2, 3, 4]), tf.tile(b, [3, 1])),
    ),
  ];
}

function ofIntegers(
  op: Binary,
  low = -9,
  high = 10,
  divisor: readonly [number, number] = [-9, 10],
): KernelCase[] {
  return [
    kernelCase('int32', [draw.integers([4, 5], low, high), draw.integers([5], ...divisor)], op),
    kernelCase('int32 with float32', [draw.integers([6], low, high), draw.uniform([6], 0.5, 2)], op),
  ];
}

const ofBools = (op: Binary) => kernelCase('bool', [draw.bools([3, 4]), draw.bools([4])], op);

/** 0, the infinities and NaN with each other. */
function extremes(op: Binary): KernelCase {
  const values = [0, 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const inputs = [floats([6, 1], values), floats([1, 6], values)];
  return kernelCase('zeros, infinities and NaN', inputs, op, { extreme: true });
}

const nonZero: readonly [number, number] = [1, 6];

export const arithmetic: KernelCases = {
  [tf.Add]: [...broadcasting(tf.add), ...ofIntegers(tf.add), extremes(tf.add)],
  [tf.Sub]: [...broadcasting(tf.sub), ...ofIntegers(tf.sub), extremes(tf.sub)],
  [tf.Multiply]: [...broadcasting(tf.mul), ...ofIntegers(tf.mul), ofBools(tf.mul), extremes(tf.mul)],
  [tf.Maximum]: [...broadcasting(tf.maximum), ...ofIntegers(tf.maximum), ofBools(tf.maximum)],
  [tf.Minimum]: [...broadcasting(tf.minimum), ...ofIntegers(tf.minimum), ofBools(tf.minimum)],
  [tf.RealDiv]: [
    ...broadcasting(tf.div, 0.3, 2),
    extremes(tf.div),
    kernelCase('by a number', [draw.uniform([5])], (a) => tf.div(a, 3)),
    kernelCase('by a tiny number', [draw.uniform([5], 0, 1e-30)], (a) => tf.div(a, 1e-40), {
      extreme: true,
    }),
  ],
  [tf.Pow]: [
    ...broadcasting(tf.pow, 0.2, 2),
    ...[0, 1, 2, 3, 0.5, -1].map((exponent) =>
      kernelCase(`to the ${exponent}`, [draw.uniform([3, 4], 0.2, 2)], (a) => tf.pow(a, exponent)),
    ),
    kernelCase('int32', [draw.integers([6], -3, 4), draw.integers([6], 0, 4)], tf.pow),
    kernelCase('negative bases', [draw.uniform([8], -2, 0)], (a) => [tf.pow(a, 2), tf.pow(a, 3)]),
  ],
  [tf.AddN]: [
    kernelCase(
      'float32',
      [1, 2, 3].map(() => draw.uniform([2, 3])),
      (...list) => tf.addN(list),
    ),
    kernelCase('one tensor', [draw.uniform([2, 3])], (a) => tf.addN([a])),
    kernelCase(
      'int32',
      [1, 2].map(() => draw.integers([4], -5, 6)),
      (...list) => tf.addN(list),
    ),
  ],
  [tf.SquaredDifference]: [
    ...broadcasting(tf.squaredDifference),
    ...ofIntegers(tf.squaredDifference),
    extremes(tf.squaredDifference),
  ],
  [tf.FloorDiv]: [
    ...broadcasting(tf.floorDiv, 0.3, 4),
    ...ofIntegers(tf.floorDiv, -9, 10, nonZero),
    kernelCase('all signs', [draw.integers([40], -9, 10), draw.integers([40], -6, 0)], tf.floorDiv),
    kernelCase('int32 by zero', [integers([4], [5, -5, 0, 7]), integers([4], [0, 0, 0, 2])], tf.floorDiv, {
      expected: [integers([4], [0, 0, 0, 3])],
    }),
  ],
  [tf.Mod]: [
    ...broadcasting(tf.mod, 0.3, 4),
    kernelCase('negative floats', [draw.uniform([30], -4, 4), draw.uniform([30], -2, -0.3)], tf.mod),
    ...ofIntegers(tf.mod, -9, 10, nonZero),
    kernelCase('all signs', [draw.integers([40], -9, 10), draw.integers([40], -6, 0)], tf.mod),
  ],
  [tf.Atan2]: [
    ...broadcasting(tf.atan2),
    kernelCase('on the axes', [floats([3, 1], [0, 1, -1]), floats([1, 3], [0, 1, -1])], tf.atan2),
  ],
  [tf.Prelu]: [
    kernelCase('float32', [draw.uniform([3, 4]), draw.uniform([4], 0, 1)], tf.prelu),
    kernelCase('a slope a row', [draw.uniform([3, 4]), draw.uniform([3, 1], 0, 1)], tf.prelu),
  ],
};
