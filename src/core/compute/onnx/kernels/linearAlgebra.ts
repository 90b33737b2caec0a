/** Matrix products. */
import * as tf from '@tensorflow/tfjs-core';
import { matmul } from '../matmul';
import type { Kernel, KernelFamily } from './kernel';

export const linearAlgebra: KernelFamily = {
  [tf.BatchMatMul]: (({ graph, inputs: { a, b } }, { transposeA, transposeB }) =>
    matmul(graph, a, b, Boolean(transposeA), Boolean(transposeB))) satisfies Kernel<tf.BatchMatMulAttrs>,

  [tf.Einsum]: (({ graph, list }, { equation }) => {
    const [left = '', right = ''] = equation.replace(/\s/g, '').split('->');
    const extents = new Map<string, number>();
    left.split(',').forEach((term, i) => {
      [...term].forEach((letter, axis) => {
        extents.set(letter, list[i]!.shape[axis]!);
      });
    });
    const shape = [...right].map((letter) => extents.get(letter)!);
    return graph.emit('Einsum', list, { shape, dtype: list[0]!.dtype }, { equation });
  }) satisfies Kernel<tf.EinsumAttrs>,
};
