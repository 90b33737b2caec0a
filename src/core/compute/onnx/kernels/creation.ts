/** Tensors made of numbers alone. */
import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../runtime';
import { largestConstant } from '../graph';
import type { Kernel, KernelFamily } from './kernel';

export const creation: KernelFamily = {
  [tf.Fill]: (({ graph }, { shape, value, dtype }) => {
    if (typeof value !== 'number') throw new Error('A program has no strings: fill with a number.');
    return graph.full(shape, value, (dtype ?? 'float32') as DType);
  }) satisfies Kernel<tf.FillAttrs>,
  [tf.ZerosLike]: ({ graph, inputs: { x } }) => graph.full(x.shape, 0, x.dtype),
  [tf.OnesLike]: ({ graph, inputs: { x } }) => graph.full(x.shape, 1, x.dtype),
  [tf.Range]: (({ graph }, { start, stop, step, dtype }) => {
    const length = Math.max(0, Math.ceil((stop - start) / step));
    checkLength(length);
    return graph.constant(
      Array.from({ length }, (_, i) => start + i * step),
      [length],
      dtype ?? 'float32',
    );
  }) satisfies Kernel<tf.RangeAttrs>,
  [tf.LinSpace]: (({ graph }, { start, stop, num }) => {
    checkLength(num);
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return graph.constant(
      Array.from({ length: num }, (_, i) => start + i * step),
      [num],
      'float32',
    );
  }) satisfies Kernel<tf.LinSpaceAttrs>,
};

function checkLength(length: number): void {
  if (!(length <= largestConstant))
    throw new Error(
      `A range of ${length} elements is too long for a program (at most ${largestConstant}): pass it as an input.`,
    );
}
