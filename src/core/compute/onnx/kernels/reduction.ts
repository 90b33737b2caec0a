/** Operations that gather many elements into one: sums, extremes, positions of extremes, softmax, normalisation. */
import * as tf from '@tensorflow/tfjs-core';
import { normalizeKernel } from '../../operations/layerNorm';

import { sizeOf } from '../../runtime';
import type { Graph } from '../graph';
import { type Reduction, reduce } from '../reductions';
import { cast, reshape } from '../shapes';
import type { Value } from '../values';
import { axesOf, axisOf } from './axes';
import { numeric } from './dtypes';
import type { Kernel, KernelCall, KernelFamily } from './kernel';

const reduction = (op: Reduction): Kernel<tf.SumAttrs> => {
  return ({ graph, inputs: { x } }, { axis, keepDims }) =>
    reduce(graph, op, numeric(graph, x), axesOf(axis, x), keepDims);
};

const ofBools = (op: Reduction): Kernel<tf.AllAttrs> => {
  return ({ graph, inputs: { x } }, { axis, keepDims }) => {
    const counts = cast(graph, cast(graph, x, 'bool'), 'int32');
    return cast(graph, reduce(graph, op, counts, axesOf(axis, x), keepDims), 'bool');
  };
};

const position = (op: 'ArgMax' | 'ArgMin'): Kernel<tf.ArgMaxAttrs> => {
  return ({ graph, inputs: { x } }, { axis }) => {
    const along = axisOf(axis, x);
    const shape = x.shape.filter((_, i) => i !== along);
    const output = { shape, dtype: 'int64' } as const;
    return cast(graph, graph.emit(op, [numeric(graph, x)], output, { axis: along, keepdims: 0 }), 'int32');
  };
};

const extreme = (graph: Graph, op: Reduction, x: Value, axis: number | number[], keepDims: boolean) =>
  cast(graph, reduce(graph, op, numeric(graph, x), axesOf(axis, x), keepDims), x.dtype);

export const reductionKernels: KernelFamily = {
  [tf.Sum]: reduction('ReduceSum'),
  [tf.Prod]: reduction('ReduceProd'),
  [tf.Mean]: (({ graph, inputs: { x } }, { axis, keepDims }) =>
    reduce(
      graph,
      'ReduceMean',
      cast(graph, x, 'float32'),
      axesOf(axis, x),
      keepDims,
    )) satisfies Kernel<tf.MeanAttrs>,
  [tf.Max]: (({ graph, inputs: { x } }, { reductionIndices, keepDims }) =>
    extreme(graph, 'ReduceMax', x, reductionIndices, keepDims)) satisfies Kernel<tf.MaxAttrs>,
  [tf.Min]: (({ graph, inputs: { x } }, { axis, keepDims }) =>
    extreme(graph, 'ReduceMin', x, axis, keepDims)) satisfies Kernel<tf.MinAttrs>,
  [tf.All]: ofBools('ReduceMin'),
  [tf.Any]: ofBools('ReduceMax'),
  [tf.ArgMax]: position('ArgMax'),
  [tf.ArgMin]: position('ArgMin'),
  [tf.Softmax]: (({ graph, inputs: { logits } }, { dim }) => {
    const output = { shape: logits.shape, dtype: 'float32' } as const;
    return graph.emit('Softmax', [cast(graph, logits, 'float32')], output, { axis: axisOf(dim, logits) });
  }) satisfies Kernel<tf.SoftmaxAttrs>,
  [normalizeKernel]: normalize as Kernel<never>,
  [tf.Cumsum]: (({ graph, inputs: { x } }, { axis, exclusive, reverse }) => {
    const v = numeric(graph, x);
    const along = graph.indices([axisOf(axis, x)]);
    const output = { shape: v.shape, dtype: v.dtype };
    return graph.emit('CumSum', [v, along], output, {
      exclusive: Number(exclusive),
      reverse: Number(reverse),
    });
  }) satisfies Kernel<tf.CumsumAttrs>,
  [tf.TopK]: (({ graph, inputs: { x } }, { k }) => {
    const shape = [...x.shape.slice(0, -1), k];
    const v = numeric(graph, x);
    const outputs = [
      { shape, dtype: v.dtype },
      { shape, dtype: 'int64' },
    ] as const;
    const [values, indices] = graph.emitAll('TopK', [v, graph.indices([k])], outputs, {
      axis: -1,
      sorted: 1,
    });
    return [cast(graph, values!, x.dtype), cast(graph, indices!, 'int32')];
  }) satisfies Kernel<tf.TopKAttrs>,
};

/**
 * (x - mean) / std and 1 / std over the last axis, by the LayerNormalization that is best at it. Of a matrix: ONNX Runtime
 * fuses a norm of three axes with the sum before it into a node that has no 1 / std to give.
 */
function normalize({ graph, inputs }: KernelCall, { epsilon }: { epsilon: number }): readonly Value[] {
  const x = inputs.x!;
  const width = x.shape[x.shape.length - 1]!;
  const rows = sizeOf(x.shape.slice(0, -1));
  const matrix = { shape: [rows, width], dtype: x.dtype };
  const column = { shape: [rows, 1], dtype: x.dtype };
  const [normalized, , reciprocalStd] = graph.emitAll(
    'LayerNormalization',
    [reshape(graph, x, matrix.shape), graph.full([width], 1, 'float32')],
    [matrix, column, column],
    { axis: -1, epsilon: { float: epsilon } },
  );
  return [reshape(graph, normalized!, x.shape), reshape(graph, reciprocalStd!, [...x.shape.slice(0, -1), 1])];
}
