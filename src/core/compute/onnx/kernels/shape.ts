/** Operations that move elements without computing. */
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../../runtime';
import type { Graph } from '../graph';
import { cast, concat, reshape, slice, split, transpose } from '../shapes';
import { uniformOf, type Value } from '../values';
import { axesOf, axisOf } from './axes';
import type { Kernel, KernelFamily } from './kernel';

const withAxis = (shape: readonly number[], axis: number, extent: number) => [
  ...shape.slice(0, axis),
  extent,
  ...shape.slice(axis),
];

export const shape: KernelFamily = {
  [tf.Reshape]: (({ graph, inputs: { x } }, attributes) =>
    reshape(
      graph,
      x,
      tf.util.inferFromImplicitShape(attributes.shape, sizeOf(x.shape)),
    )) satisfies Kernel<tf.ReshapeAttrs>,
  [tf.ExpandDims]: (({ graph, inputs: { input } }, { dim }) => {
    const axis = dim < 0 ? input.shape.length + 1 + dim : dim;
    return reshape(graph, input, withAxis(input.shape, axis, 1));
  }) satisfies Kernel<tf.ExpandDimsAttrs>,
  [tf.Transpose]: (({ graph, inputs: { x } }, { perm }) =>
    transpose(graph, x, perm)) satisfies Kernel<tf.TransposeAttrs>,

  [tf.Pack]: (({ graph, list }, { axis }) => {
    const first = list[0]!;
    const along = axis < 0 ? axis + first.shape.length + 1 : axis;
    const unit = withAxis(first.shape, along, 1);
    return concat(
      graph,
      list.map((part) => reshape(graph, part, unit)),
      along,
    );
  }) satisfies Kernel<tf.PackAttrs>,
  [tf.Unpack]: (({ graph, inputs: { value } }, { axis }) => {
    const along = axisOf(axis, value);
    const rest = value.shape.filter((_, i) => i !== along);
    const parts = split(graph, value, along, Array<number>(value.shape[along]!).fill(1));
    return parts.map((part) => reshape(graph, part, rest));
  }) satisfies Kernel<tf.UnpackAttrs>,
  [tf.Concat]: (({ graph, list }, { axis }) =>
    concat(graph, list, axisOf(axis, list[0]!))) satisfies Kernel<tf.ConcatAttrs>,
  [tf.SplitV]: (({ graph, inputs: { x } }, { numOrSizeSplits, axis }) => {
    const along = axisOf(axis, x);
    const extents = tf.backend_util.prepareSplitSize(x as unknown as tf.Tensor, numOrSizeSplits, along);
    return split(graph, x, along, extents);
  }) satisfies Kernel<tf.SplitVAttrs>,

  [tf.Tile]: (({ graph, inputs: { x } }, { reps }) => {
    const tiled = x.shape.map((extent, axis) => extent * reps[axis]!);
    if (x.shape.every((extent, axis) => extent === 1 || reps[axis] === 1)) return graph.expand(x, tiled);
    return graph.emit('Tile', [x, graph.indices(reps)], { shape: tiled, dtype: x.dtype });
  }) satisfies Kernel<tf.TileAttrs>,

  [tf.Slice]: (({ graph, inputs: { x } }, { begin, size }) => {
    const [from, extents] = tf.slice_util.parseSliceParams(x as unknown as tf.Tensor, begin, size);
    return slice(graph, x, from!, extents!);
  }) satisfies Kernel<tf.SliceAttrs>,
  [tf.StridedSlice]: (({ graph, inputs: { x } }, a) => {
    const info = tf.slice_util.sliceInfo(
      [...x.shape],
      a.begin,
      a.end,
      a.strides,
      a.beginMask,
      a.endMask,
      a.ellipsisMask,
      a.newAxisMask,
      a.shrinkAxisMask,
    );
    const extents = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
    return reshape(graph, strided(graph, x, info.begin, extents, info.strides), info.finalShape);
  }) satisfies Kernel<tf.StridedSliceAttrs>,
  [tf.Reverse]: (({ graph, inputs: { x } }, { dims }) =>
    reverse(graph, x, axesOf(dims, x))) satisfies Kernel<tf.ReverseAttrs>,

  [tf.PadV2]: (({ graph, inputs: { x } }, { paddings, constantValue }) =>
    pad(graph, x, paddings, constantValue)) satisfies Kernel<tf.PadV2Attrs>,
  [tf.MirrorPad]: (({ graph, inputs: { x } }, { paddings, mode }) => {
    // 'reflect' leaves out the edge itself, 'symmetric' repeats it.
    const skip = mode === 'reflect' ? 1 : 0;
    return paddings.reduce((padded, [before, after], axis) => {
      const mirror = (from: number, extent: number) => {
        const begin = padded.shape.map((_, i) => (i === axis ? from : 0));
        const extents = padded.shape.map((e, i) => (i === axis ? extent : e));
        return reverse(graph, slice(graph, padded, begin, extents), [axis]);
      };
      const last = padded.shape[axis]! - skip - after;
      const front = before > 0 ? [mirror(skip, before)] : [];
      const back = after > 0 ? [mirror(last, after)] : [];
      return concat(graph, [...front, padded, ...back], axis);
    }, x);
  }) satisfies Kernel<tf.MirrorPadAttrs>,
};

/** Whole axes reversed: a slice with steps of -1 over all of them. */
function reverse(graph: Graph, x: Value, axes: readonly number[]): Value {
  const begin = x.shape.map((extent, axis) => (axes.includes(axis) ? extent - 1 : 0));
  const steps = x.shape.map((extent, axis) => (axes.includes(axis) && extent > 1 ? -1 : 1));
  return slice(
    graph,
    x,
    begin.map((b, axis) => (steps[axis] === -1 ? b : 0)),
    x.shape,
    steps,
  );
}

/** A slice with steps of any sign. WebGPU is wrong for negative steps over a part of an axis: cut first, then reverse. */
function strided(
  graph: Graph,
  x: Value,
  begin: readonly number[],
  extents: readonly number[],
  steps: readonly number[],
): Value {
  const backwards = [...steps.keys()].filter((axis) => steps[axis]! < 0);
  const forwards = begin.map((b, axis) => (steps[axis]! < 0 ? b + (extents[axis]! - 1) * steps[axis]! : b));
  return reverse(graph, slice(graph, x, forwards, extents, steps.map(Math.abs)), backwards);
}

function pad(graph: Graph, x: Value, paddings: readonly (readonly [number, number])[], value: number): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const padded = x.shape.map((extent, axis) => extent + paddings[axis]![0] + paddings[axis]![1]);
  const uniform = uniformOf(x);
  if (uniform !== undefined && Object.is(uniform, value)) return graph.full(padded, value, x.dtype);
  if (x.dtype === 'bool') return cast(graph, pad(graph, cast(graph, x, 'int32'), paddings, value), 'bool');
  const amounts = graph.indices([
    ...paddings.map(([before]) => before),
    ...paddings.map(([, after]) => after),
  ]);
  const output = { shape: padded, dtype: x.dtype };
  return graph.emit('Pad', [x, amounts, graph.scalar(value ?? 0, x.dtype)], output, { mode: 'constant' });
}
