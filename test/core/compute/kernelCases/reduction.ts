/** Cases of the operations that gather many elements into one. */
import * as tf from '@tensorflow/tfjs-core';
import { normalizeKernel } from '../../../../src/core/compute/operations/layerNorm';
import type { HostTensor } from '../../../../src/core/compute/runtime';
import { drawsFrom, floats } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(4);

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

/** All axes, one from either end, several, and none with extent 1. */
const everyWay = (op: Reduce) => (x: tf.Tensor) => [
  op(x),
  op(x, -1),
  op(x, 0, true),
  op(x, [0, -2], true),
  op(x, [-1, 1]),
];

function reducing(op: Reduce): KernelCase[] {
  return [
    kernelCase('float32', [draw.uniform([2, 3, 4])], everyWay(op)),
    kernelCase('extents of 1', [draw.uniform([1, 5, 1])], everyWay(op)),
    kernelCase('a vector', [draw.uniform([7])], (x) => [op(x), op(x, 0), op(x, -1, true)]),
    kernelCase('a scalar', [draw.uniform([])], (x) => op(x)),
    kernelCase('a broadcast', [draw.uniform([3, 1])], (x) => everyWay(op)(tf.broadcastTo(x, [2, 3, 4]))),
    kernelCase('a number', [], () => everyWay(op)(tf.fill([2, 3, 4], 1.25))),
  ];
}

const ofIntegers = (op: Reduce) => [kernelCase('int32', [draw.integers([2, 3, 4], -4, 5)], everyWay(op))];
const ofBools = (op: Reduce) => [kernelCase('bool', [draw.bools([2, 3, 4])], everyWay(op))];
const ofNothing = (op: Reduce) => [
  kernelCase('no element', [draw.uniform([0, 3])], (x) => [op(x), op(x, 0), op(x, 1)]),
];

type Position = (x: tf.Tensor, axis?: number) => tf.Tensor;

const positions = (op: Position) => [
  kernelCase('float32', [draw.uniform([3, 4, 5])], (x) => [op(x), op(x, 1), op(x, -1)]),
  kernelCase('int32', [draw.integers([4, 5], -9, 10)], (x) => [op(x, 0), op(x, -1)]),
  kernelCase('the first of several', [draw.ties([4, 9])], (x) => op(x, -1)),
];

const normalize = (epsilon: number) => (x: tf.Tensor) =>
  tf.engine().runKernel(normalizeKernel, { x }, { epsilon }) as unknown as tf.Tensor[];

/** The running sum along an axis in plain JavaScript. */
function runningSum(x: HostTensor, axis: number, exclusive: boolean, reverse: boolean): HostTensor {
  const extent = x.shape[axis]!;
  const stride = x.shape.slice(axis + 1).reduce((product, e) => product * e, 1);
  const sums = new Float64Array(x.data.length);
  for (let i = 0; i < sums.length; i++) {
    const place = Math.floor(i / stride) % extent;
    for (let k = 0; k < extent; k++) {
      const isBefore = reverse ? k > place : k < place;
      if (isBefore || (k === place && !exclusive)) sums[i]! += x.data[i + (k - place) * stride]!;
    }
  }
  return floats(x.shape, sums);
}

/** tfjs's own result is of a broken shape for negative axes, hence the plain one for all. */
const cumulative = [0, 1, 2].flatMap((axis) =>
  [false, true].flatMap((exclusive) =>
    [false, true].map((reverse) => {
      const x = draw.uniform([2, 3, 4]);
      const name = `axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`;
      const expected = runningSum(x, axis, exclusive, reverse);
      return kernelCase(
        name,
        [x],
        (v) => [tf.cumsum(v, axis, exclusive, reverse), tf.cumsum(v, axis - 3, exclusive, reverse)],
        { expected: [expected, expected] },
      );
    }),
  ),
);

export const reduction: KernelCases = {
  [tf.Sum]: [...reducing(tf.sum), ...ofIntegers(tf.sum), ...ofBools(tf.sum), ...ofNothing(tf.sum)],
  [tf.Prod]: [...reducing(tf.prod), ...ofIntegers(tf.prod), ...ofBools(tf.prod)],
  [tf.Mean]: [...reducing(tf.mean), ...ofIntegers(tf.mean), ...ofBools(tf.mean)],
  [tf.Max]: [...reducing(tf.max), ...ofIntegers(tf.max)],
  [tf.Min]: [...reducing(tf.min), ...ofIntegers(tf.min)],
  [tf.All]: ofBools(tf.all),
  [tf.Any]: ofBools(tf.any),
  [tf.ArgMax]: positions(tf.argMax),
  [tf.ArgMin]: positions(tf.argMin),
  [tf.Softmax]: [
    kernelCase('float32', [draw.uniform([2, 3, 5])], (x) => [tf.softmax(x), tf.softmax(x, 2)]),
    kernelCase('one class', [draw.uniform([4, 1])], (x) => tf.softmax(x)),
    kernelCase('large logits', [draw.uniform([4, 6], -90, 90)], (x) => tf.softmax(x)),
  ],
  [normalizeKernel]: [
    kernelCase('float32', [draw.uniform([2, 3, 8])], normalize(1e-6)),
    kernelCase('far from zero', [draw.uniform([5, 16], 9, 11)], normalize(1e-6), {
      tolerance: { ofLargest: 1e-4 },
    }),
    kernelCase('equal elements', [floats([2, 4], [1, 1, 1, 1, 2, 2, 2, 2])], normalize(1e-3)),
    kernelCase('a large epsilon', [draw.uniform([4, 6])], normalize(0.5)),
  ],
  [tf.Cumsum]: [...cumulative, kernelCase('int32', [draw.integers([3, 5], -4, 5)], (x) => tf.cumsum(x, 1))],
  [tf.TopK]: [
    kernelCase('float32', [draw.uniform([3, 7])], (x) => Object.values(tf.topk(x, 3))),
    kernelCase('ties', [draw.ties([3, 9])], (x) => Object.values(tf.topk(x, 4))),
    kernelCase('int32', [draw.integers([8], -99, 100)], (x) => Object.values(tf.topk(x, 8))),
  ],
};
