/** Operations that move elements without computing, those whose indices are values, and tensors made of numbers alone. */
import * as tf from '@tensorflow/tfjs-core';
import type { DType } from '../../runtime';
import { dtypeOf, type Kernel, type KernelFamily, numeric, operation } from './kernel';

const reshaped = (call: Parameters<Kernel>[0], x: tf.Tensor, shape: readonly number[]) =>
  operation(call, 'Reshape', [x, shape], { types: { Tshape: 'int32' } });

const paddingsOf = (paddings: readonly (readonly [number, number])[]) =>
  tf.tensor2d(paddings.flat(), [paddings.length, 2], 'int32');

export const structure: KernelFamily = {
  [tf.Reshape]: ((call, { shape }) =>
    reshaped(
      call,
      call.inputs.x!,
      tf.util.inferFromImplicitShape(shape, call.inputs.x!.size),
    )) satisfies Kernel<tf.ReshapeAttrs>,
  [tf.ExpandDims]: ((call, { dim }) => {
    const { shape } = call.inputs.input!;
    const axis = dim < 0 ? shape.length + 1 + dim : dim;
    return reshaped(call, call.inputs.input!, [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
  }) satisfies Kernel<tf.ExpandDimsAttrs>,
  [tf.Transpose]: ((call, { perm }) =>
    operation(call, 'Transpose', [call.inputs.x!, perm], {
      types: { Tperm: 'int32' },
    })) satisfies Kernel<tf.TransposeAttrs>,
  [tf.Pack]: ((call, { axis }) =>
    operation(call, 'Pack', call.list as [tf.Tensor], {
      ints: { N: call.list.length, axis },
    })) satisfies Kernel<tf.PackAttrs>,
  [tf.Unpack]: (({ backend, inputs }, { axis }) => {
    const value = inputs.value!;
    const [along] = tf.util.parseAxisParam(axis, value.shape);
    const num = value.shape[along!]!;
    const attributes = { types: { T: dtypeOf(value) }, ints: { num, axis: along! } };
    return backend.run('Unpack', [value], attributes, num);
  }) satisfies Kernel<tf.UnpackAttrs>,
  [tf.Concat]: (({ backend, list }, { axis }) => {
    const [along] = tf.util.parseAxisParam(axis, list[0]!.shape);
    const types = { T: dtypeOf(list[0]!), Tidx: 'int32' } as const;
    return backend.run('ConcatV2', [...list, along!], { types, ints: { N: list.length } })[0]!;
  }) satisfies Kernel<tf.ConcatAttrs>,
  [tf.SplitV]: (({ backend, inputs }, { numOrSizeSplits, axis }) => {
    const x = inputs.x!;
    const [along] = tf.util.parseAxisParam(axis, x.shape);
    const extents = tf.backend_util.prepareSplitSize(x, numOrSizeSplits, along!);
    const attributes = {
      types: { T: dtypeOf(x), Tlen: 'int32' },
      ints: { num_split: extents.length },
    } as const;
    return backend.run('SplitV', [x, extents, along!], attributes, extents.length);
  }) satisfies Kernel<tf.SplitVAttrs>,
  [tf.Tile]: ((call, { reps }) =>
    operation(call, 'Tile', [call.inputs.x!, reps], {
      types: { Tmultiples: 'int32' },
    })) satisfies Kernel<tf.TileAttrs>,
  [tf.Slice]: ((call, { begin, size }) => {
    const [from, extents] = tf.slice_util.parseSliceParams(call.inputs.x!, begin, size);
    return operation(call, 'Slice', [call.inputs.x!, from!, extents!], { types: { Index: 'int32' } });
  }) satisfies Kernel<tf.SliceAttrs>,
  [tf.StridedSlice]: ((call, a) =>
    operation(call, 'StridedSlice', [call.inputs.x!, a.begin, a.end, a.strides], {
      types: { Index: 'int32' },
      ints: {
        begin_mask: a.beginMask,
        end_mask: a.endMask,
        ellipsis_mask: a.ellipsisMask,
        new_axis_mask: a.newAxisMask,
        shrink_axis_mask: a.shrinkAxisMask,
      },
    })) satisfies Kernel<tf.StridedSliceAttrs>,
  [tf.Reverse]: ((call, { dims }) => {
    const x = call.inputs.x!;
    const axes = tf.util.parseAxisParam(dims, x.shape);
    return operation(call, 'ReverseV2', [x, axes], { types: { Tidx: 'int32' } });
  }) satisfies Kernel<tf.ReverseAttrs>,
  [tf.PadV2]: ((call, { paddings, constantValue }) => {
    const x = call.inputs.x!;
    return tf.tidy(() => {
      const value = tf.scalar(constantValue ?? 0, x.dtype);
      return operation(call, 'PadV2', [x, paddingsOf(paddings), value], { types: { Tpaddings: 'int32' } });
    });
  }) satisfies Kernel<tf.PadV2Attrs>,
  [tf.MirrorPad]: ((call, { paddings, mode }) =>
    tf.tidy(() =>
      operation(call, 'MirrorPad', [call.inputs.x!, paddingsOf(paddings)], {
        types: { Tpaddings: 'int32' },
        texts: { mode: mode.toUpperCase() },
      }),
    )) satisfies Kernel<tf.MirrorPadAttrs>,

  [tf.GatherV2]: (({ backend, inputs }, { axis, batchDims }) => {
    const x = inputs.x!;
    const [along] = tf.util.parseAxisParam(axis, x.shape);
    const types = { Tparams: dtypeOf(x), Tindices: 'int32', Taxis: 'int32' } as const;
    return tf.tidy(
      () =>
        backend.run('GatherV2', [x, tf.cast(inputs.indices!, 'int32'), along!], {
          types,
          ints: { batch_dims: batchDims ?? 0 },
        })[0]!,
    );
  }) satisfies Kernel<tf.GatherV2Attrs>,
  [tf.GatherNd]: ({ backend, inputs }) =>
    tf.tidy(() => {
      const types = { Tparams: dtypeOf(inputs.params!), Tindices: 'int32' } as const;
      return backend.run('GatherNd', [inputs.params!, tf.cast(inputs.indices!, 'int32')], { types })[0]!;
    }),
  [tf.ScatterNd]: (({ backend, inputs }, { shape }) =>
    tf.tidy(() => {
      const types = { T: dtypeOf(inputs.updates!), Tindices: 'int32' } as const;
      const operands = [tf.cast(inputs.indices!, 'int32'), inputs.updates!, shape];
      return backend.run('ScatterNd', operands, { types })[0]!;
    })) satisfies Kernel<tf.ScatterNdAttrs>,
  /** Ids out of range are dropped; TensorFlow drops negative ones and refuses the others. */
  [tf.UnsortedSegmentSum]: ((call, { numSegments }) =>
    tf.tidy(() => {
      const ids = tf.cast(call.inputs.segmentIds!, 'int32');
      const kept = tf.where(tf.less(ids, numSegments), ids, tf.fill(ids.shape, -1, 'int32'));
      return operation(call, 'UnsortedSegmentSum', [numeric(call.inputs.x!), kept, numSegments], {
        types: { Tindices: 'int32', Tnumsegments: 'int32' },
      });
    })) satisfies Kernel<tf.UnsortedSegmentSumAttrs>,
  [tf.OneHot]: (({ backend, inputs }, { depth, onValue, offValue, dtype }) =>
    tf.tidy(() => {
      const type = (dtype ?? 'float32') as DType;
      const operands = [
        tf.cast(inputs.indices!, 'int32'),
        depth,
        tf.scalar(onValue, type),
        tf.scalar(offValue, type),
      ];
      return backend.run('OneHot', operands, { types: { T: type, TI: 'int32' }, ints: { axis: -1 } })[0]!;
    })) satisfies Kernel<tf.OneHotAttrs>,

  [tf.Fill]: (({ backend }, { shape, value, dtype }) => {
    if (typeof value !== 'number') throw new Error('A program has no strings: fill with a number.');
    const type = (dtype ?? 'float32') as DType;
    return tf.tidy(() => {
      const types = { T: type, index_type: 'int32' } as const;
      return backend.run('Fill', [shape, tf.scalar(value, type)], { types })[0]!;
    });
  }) satisfies Kernel<tf.FillAttrs>,
  [tf.ZerosLike]: (call) => operation(call, 'ZerosLike', [call.inputs.x!]),
  [tf.OnesLike]: (call) => operation(call, 'OnesLike', [call.inputs.x!]),
  [tf.Range]: ((_call, { start, stop, step, dtype }) => {
    const length = Math.max(0, Math.ceil((stop - start) / step));
    return tf.tensor1d(
      Array.from({ length }, (_, i) => start + i * step),
      dtype ?? 'float32',
    );
  }) satisfies Kernel<tf.RangeAttrs>,
  [tf.LinSpace]: ((_call, { start, stop, num }) => {
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return tf.tensor1d(
      Array.from({ length: num }, (_, i) => start + i * step),
      'float32',
    );
  }) satisfies Kernel<tf.LinSpaceAttrs>,
};
