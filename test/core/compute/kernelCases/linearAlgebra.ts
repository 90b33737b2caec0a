/** Cases of matrix products. */
import * as tf from '@tensorflow/tfjs-core';
import { drawsFrom } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(5);

/** Shapes of [.., rows, inner] and [.., inner, columns], the batch axes of each given. */
function product(
  left: readonly number[],
  right: readonly number[],
  [rows, inner, columns]: readonly [number, number, number] = [3, 5, 4],
): KernelCase[] {
  return [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => {
      const a = [...left, ...(transposeA ? [inner, rows] : [rows, inner])];
      const b = [...right, ...(transposeB ? [columns, inner] : [inner, columns])];
      return kernelCase(
        `[${a}]${transposeA ? ' transposed' : ''} by [${b}]${transposeB ? ' transposed' : ''}`,
        [draw.uniform(a), draw.uniform(b)],
        (x, y) => tf.matMul(x, y, transposeA, transposeB),
      );
    }),
  );
}

const einsum = (equation: string, ...shapes: (readonly number[])[]) =>
  kernelCase(
    equation,
    shapes.map((shape) => draw.uniform(shape)),
    (...list) => tf.einsum(equation, ...list),
  );

export const linearAlgebra: KernelCases = {
  [tf.BatchMatMul]: [
    ...product([], []),
    ...product([2], [2]),
    ...product([2, 3], [2, 3]),
    ...product([2, 3], [1, 3]),
    ...product([1], [4]),
    ...product([4], []),
    ...product([], [], [1, 5, 4]),
    ...product([], [], [3, 1, 4]),
    ...product([], [], [3, 5, 1]),
    ...product([2, 2], [2, 2], [1, 1, 1]),
    kernelCase('of transposes', [draw.uniform([2, 5, 3]), draw.uniform([2, 4, 5])], (a, b) =>
      tf.matMul(tf.transpose(a, [0, 2, 1]), tf.transpose(b, [0, 2, 1])),
    ),
    kernelCase('of other transposes', [draw.uniform([5, 2, 3]), draw.uniform([4, 5, 2])], (a, b) =>
      tf.matMul(tf.transpose(a, [1, 2, 0]), tf.transpose(b, [2, 1, 0])),
    ),
    kernelCase('scaled', [draw.uniform([2, 3, 5]), draw.uniform([2, 5, 4])], (a, b) =>
      tf.mul(tf.mul(tf.matMul(a, b), 0.25), 3),
    ),
    kernelCase('scaled and used unscaled', [draw.uniform([3, 5]), draw.uniform([5, 4])], (a, b) => {
      const y = tf.matMul(a, b);
      return [tf.mul(y, 0.25), tf.square(y)];
    }),
    kernelCase('scaled by one element', [draw.uniform([1, 1]), draw.uniform([1, 1])], (a, b) =>
      tf.mul(tf.matMul(a, b), tf.tensor3d([2], [1, 1, 1])),
    ),
    kernelCase(
      'with a bias a column',
      [draw.uniform([3, 5]), draw.uniform([4, 5]), draw.uniform([4])],
      (a, b, bias) => tf.add(tf.matMul(a, b, false, true), bias),
    ),
    kernelCase(
      'with a bias a row',
      [draw.uniform([3, 5]), draw.uniform([5, 4]), draw.uniform([3, 1])],
      (a, b, bias) => tf.add(bias, tf.matMul(a, b)),
    ),
    kernelCase(
      'of a row, with more rows added',
      [draw.uniform([1, 5]), draw.uniform([5, 4]), draw.uniform([3, 4])],
      (a, b, more) => tf.add(tf.matMul(a, b), more),
    ),
    kernelCase(
      'two that are added',
      [draw.uniform([3, 5]), draw.uniform([5, 4]), draw.uniform([4, 5])],
      (a, b, c) => tf.add(tf.matMul(a, b), tf.matMul(a, c, false, true)),
    ),
    kernelCase('of broadcasts', [draw.uniform([1, 5]), draw.uniform([5, 1])], (a, b) =>
      tf.matMul(tf.broadcastTo(a, [2, 3, 5]), tf.broadcastTo(b, [2, 5, 4])),
    ),
    kernelCase('of ones', [draw.uniform([3, 5])], (a) => [
      tf.matMul(a, tf.ones([5, 2])),
      tf.matMul(tf.ones([2, 3]), a),
    ]),
    kernelCase('int32', [draw.integers([3, 5], -4, 5), draw.integers([5, 4], -4, 5)], (a, b) =>
      tf.matMul(a, b),
    ),
    kernelCase('int32 transposed', [draw.integers([5, 3], -4, 5), draw.integers([4, 5], -4, 5)], (a, b) =>
      tf.matMul(a, b, true, true),
    ),
    kernelCase('a vector', [draw.uniform([5]), draw.uniform([5]), draw.uniform([3, 5])], (a, b, c) => [
      tf.dot(a, b),
      tf.dot(c, a),
      tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
    ]),
  ],
  [tf.Einsum]: [
    einsum('bij,jk->bik', [2, 3, 4], [4, 5]),
    einsum('bij,bkj->bik', [2, 3, 4], [2, 5, 4]),
    einsum('ij->ji', [3, 4]),
    einsum('ij->i', [3, 4]),
    einsum('i,j->ij', [3], [4]),
  ],
};
