/**
 * Convolution of images `[n, c, h, w]` and its derivative with respect to the image as ONNX nodes, in the forms that ONNX
 * Runtime is fastest at: a transposed convolution takes twice the time of the equal convolution.
 */
import {
  type ConvolutionGeometry,
  convolvedShape,
  coveredExtent,
  type Pair,
} from '../operations/convolutionGeometry';
import type { Graph } from './graph';
import { concat, reshape, slice, split, transpose } from './shapes';
import type { Attributes, Value } from './values';

type Shape4 = readonly [number, number, number, number];

function sizeOfFilter(filterShape: readonly number[]): Pair {
  return [filterShape[2]!, filterShape[3]!];
}

function attributesOf(size: Pair, { strides, dilations, pads, groups }: ConvolutionGeometry): Attributes {
  return { kernel_shape: size, strides, dilations, pads, group: groups };
}

/** x `[n, i, h, w]` with filters `[o, i / groups, kh, kw]`: `[n, o, rows, columns]`. */
export function convolve(graph: Graph, x: Value, filter: Value, geometry: ConvolutionGeometry): Value {
  const shape = convolvedShape(x.shape, filter.shape, geometry);
  if (graph.target === 'onnx-webgpu' && isMistakenOnWebgpu(shape[1]!, geometry.groups))
    return eachGroup(graph, [x, 1], [filter, 0], geometry, (part, weights, alone) =>
      convolve(graph, part, weights, alone),
    );
  const attributes = attributesOf(sizeOfFilter(filter.shape), geometry);
  return graph.emit('Conv', [x, filter], { shape, dtype: 'float32' }, attributes);
}

/** WebGPU computes several channels at once, and those of two groups with the filter of one where the numbers do not fit. */
function isMistakenOnWebgpu(outputs: number, groups: number): boolean {
  const perGroup = outputs / groups;
  const together = outputs % 4 === 0 ? 4 : outputs % 2 === 0 ? 2 : 1;
  return groups > 1 && perGroup >= 4 && perGroup % together !== 0;
}

/** Convolves every group alone: the parts of `a` and `b` along their axes; the results joined as channels. */
function eachGroup(
  graph: Graph,
  [a, axisA]: readonly [Value, number],
  [b, axisB]: readonly [Value, number],
  geometry: ConvolutionGeometry,
  convolveGroup: (a: Value, b: Value, geometry: ConvolutionGeometry) => Value,
): Value {
  const { groups } = geometry;
  const parts = ([value, axis]: readonly [Value, number]) =>
    split(graph, value, axis, Array<number>(groups).fill(value.shape[axis]! / groups));
  const others = parts([b, axisB]);
  const results = parts([a, axisA]).map((part, i) =>
    convolveGroup(part, others[i]!, { ...geometry, groups: 1 }),
  );
  return concat(graph, results, 1);
}

/** The gradient with respect to the image: a convolution with the filters turned round, unless the strides skip elements. */
export function convolutionImageGradient(
  graph: Graph,
  dy: Value,
  filter: Value,
  imageShape: readonly number[],
  geometry: ConvolutionGeometry,
): Value {
  const { strides, dilations, pads, groups } = geometry;
  const [, , h, w] = imageShape as Shape4;
  const [, , rows, columns] = dy.shape as Shape4;
  const size = sizeOfFilter(filter.shape);
  const covered = [0, 1].map((axis) => coveredExtent(size[axis]!, axis as 0 | 1, geometry)) as [
    number,
    number,
  ];
  const before = [covered[0] - 1 - pads[0], covered[1] - 1 - pads[1]] as const;
  const after = [h - rows + covered[0] - 1 - before[0], w - columns + covered[1] - 1 - before[1]] as const;
  const full = [...before, ...after] as [number, number, number, number];
  if (strides[0] === 1 && strides[1] === 1 && full.every((pad) => pad >= 0))
    return convolve(graph, dy, turned(graph, filter, groups), { strides, dilations, pads: full, groups });
  // WebGPU is wrong for several channels to a group.
  if (graph.target === 'onnx-webgpu' && groups > 1 && filter.shape[0] !== groups)
    return eachGroup(graph, [dy, 1], [filter, 0], geometry, (part, weights, alone) =>
      convolutionImageGradient(graph, part, weights, [imageShape[0]!, imageShape[1]! / groups, h, w], alone),
    );
  const missing = [
    h - ((rows - 1) * strides[0] + covered[0] - pads[0] - pads[2]),
    w - ((columns - 1) * strides[1] + covered[1] - pads[1] - pads[3]),
  ];
  const attributes = { ...attributesOf(size, geometry), output_padding: missing };
  return graph.emit('ConvTranspose', [dy, filter], { shape: imageShape, dtype: 'float32' }, attributes);
}

/** Filters `[o, i / groups, kh, kw]` with inputs and outputs exchanged, `[i, o / groups, kh, kw]`, and both axes reversed. */
function turned(graph: Graph, filter: Value, groups: number): Value {
  const [outputs, perGroup, kh, kw] = filter.shape as Shape4;
  const grouped = reshape(graph, filter, [groups, outputs / groups, perGroup, kh, kw]);
  const exchanged = reshape(graph, transpose(graph, grouped, [0, 2, 1, 3, 4]), [
    groups * perGroup,
    outputs / groups,
    kh,
    kw,
  ]);
  const backwards = [1, 1, kh > 1 ? -1 : 1, kw > 1 ? -1 : 1];
  return slice(graph, exchanged, [0, 0, kh - 1, kw - 1], exchanged.shape, backwards);
}
