/** Operations whose indices are values of the program. */
import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../runtime';
import { sizeOf } from '../../runtime';
import { binary, select } from '../elementwise';
import { cast, reshape, slice } from '../shapes';
import { axisOf } from './axes';
import { numeric } from './dtypes';
import type { Kernel, KernelFamily } from './kernel';

export const indexing: KernelFamily = {
  [tf.GatherV2]: (({ graph, inputs: { x, indices } }, { axis, batchDims }) => {
    if (batchDims)
      throw new Error(
        'gather with batchDims cannot be compiled: use a one-hot matrix product, or gather from a reshaped tensor.',
      );
    const along = axisOf(axis, x);
    const shape = [...x.shape.slice(0, along), ...indices.shape, ...x.shape.slice(along + 1)];
    return graph.emit(
      'Gather',
      [x, cast(graph, indices, 'int32')],
      { shape, dtype: x.dtype },
      { axis: along },
    );
  }) satisfies Kernel<tf.GatherV2Attrs>,

  [tf.GatherNd]: ({ graph, inputs: { params, indices } }) => {
    const depth = indices.shape[indices.shape.length - 1]!;
    const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
    return graph.emit('GatherND', [params, cast(graph, indices, 'int64')], { shape, dtype: params.dtype });
  },

  [tf.ScatterNd]: (({ graph, inputs: { indices, updates } }, { shape }) => {
    const { dtype } = updates;
    const zeros = graph.full(shape, 0, dtype);
    const inputs = [zeros, cast(graph, indices, 'int64'), updates];
    return graph.emit('ScatterND', inputs, { shape, dtype }, { reduction: 'add' });
  }) satisfies Kernel<tf.ScatterNdAttrs>,

  /** Ids out of range are dropped: they go to a row of their own that is cut off. */
  [tf.UnsortedSegmentSum]: (({ graph, inputs: { x, segmentIds } }, { numSegments }) => {
    const v = numeric(graph, x);
    const limit = graph.scalar(numSegments, 'int32');
    const isBelow = binary(graph, 'Less', segmentIds, graph.scalar(0, 'int32'), 'bool');
    const isAbove = binary(graph, 'GreaterOrEqual', segmentIds, limit, 'bool');
    const isOutside = binary(graph, 'Or', isBelow, isAbove, 'bool');
    const count = sizeOf(segmentIds.shape);
    const rows = reshape(graph, cast(graph, select(graph, isOutside, limit, segmentIds), 'int64'), [
      count,
      1,
    ]);
    const rest = v.shape.slice(segmentIds.shape.length);
    const zeros = graph.full([numSegments + 1, ...rest], 0, v.dtype);
    const inputs = [zeros, rows, reshape(graph, v, [count, ...rest])];
    const output = { shape: [numSegments + 1, ...rest], dtype: v.dtype };
    const summed = graph.emit('ScatterND', inputs, output, { reduction: 'add' });
    return slice(graph, summed, [0, ...rest.map(() => 0)], [numSegments, ...rest]);
  }) satisfies Kernel<tf.UnsortedSegmentSumAttrs>,

  /** By comparison with 0 ... depth - 1, so that ids out of range give a row of `offValue`. */
  [tf.OneHot]: (({ graph, inputs: { indices } }, { depth, onValue, offValue, dtype }) => {
    const ids = cast(graph, indices, 'int32');
    const classes = graph.constant(
      Int32Array.from({ length: depth }, (_, i) => i),
      [depth],
      'int32',
    );
    const isClass = binary(graph, 'Equal', reshape(graph, ids, [...ids.shape, 1]), classes, 'bool');
    const type = (dtype ?? 'float32') as DType;
    return select(graph, isClass, graph.scalar(onValue, type), graph.scalar(offValue, type));
  }) satisfies Kernel<tf.OneHotAttrs>,
};
