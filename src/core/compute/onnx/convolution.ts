/**
 * Convolution of images `[n, c, h, w]` and its derivatives as ONNX nodes, in the forms that ONNX Runtime is fastest at:
 * there is no node for the derivatives, and a transposed convolution takes twice the time of the equal convolution.
 */
import {
  type ConvolutionGeometry,
  convolvedShape,
  coveredExtent,
  type Pair,
  pooledShape,
} from '../operations/convolutionGeometry';
import { sizeOf } from '../runtime';
import type { Graph } from './graph';
import { matmul } from './matmul';
import { reduce } from './reductions';
import { concat, reshape, slice, split, transpose } from './shapes';
import type { Attributes, Value } from './values';
import { elementsOfWindows } from './windows';

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

/** The gradient with respect to the filters. */
export function convolutionFilterGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  filterShape: readonly number[],
  geometry: ConvolutionGeometry,
): Value {
  const gradient =
    filterShape[1] === 1 && geometry.groups > 1
      ? filterGradientOfSingleChannels(graph, x, dy, filterShape, geometry)
      : filterGradientByProduct(graph, x, dy, filterShape, geometry);
  return reshape(graph, gradient, filterShape);
}

/**
 * dy times the windows of x, summed over the batch. The windows are laid out by a convolution with filters of one 1 each,
 * which is faster than slices; their order is that of the filter.
 */
function filterGradientByProduct(
  graph: Graph,
  x: Value,
  dy: Value,
  filterShape: readonly number[],
  geometry: ConvolutionGeometry,
): Value {
  const { groups } = geometry;
  const [n, outputs, rows, columns] = dy.shape as Shape4;
  const elements = sizeOf(filterShape.slice(1));
  const places = rows * columns;
  const windows = windowsOf(graph, x, sizeOfFilter(filterShape), geometry);
  // A product an image, then their sum; but where the sums would be larger than the operands, one product over the batch.
  if (groups === 1 && outputs * elements > (outputs + elements) * places) {
    const joined = (value: Value, channels: number) =>
      reshape(graph, transpose(graph, reshape(graph, value, [n, channels, places]), [1, 0, 2]), [
        channels,
        n * places,
      ]);
    return matmul(graph, joined(dy, outputs), joined(windows, elements), false, true);
  }
  const left = reshape(graph, dy, [n * groups, outputs / groups, places]);
  const right = reshape(graph, windows, [n * groups, elements, places]);
  const products = matmul(graph, left, right, false, true);
  return reduce(graph, 'ReduceSum', reshape(graph, products, [n, outputs, elements]), [0], false);
}

/** The elements of every window of x as channels `[n, i * kh * kw, rows, columns]`. */
function windowsOf(graph: Graph, x: Value, size: Pair, geometry: ConvolutionGeometry): Value {
  const { strides, pads } = geometry;
  const channels = x.shape[1]!;
  if (sizeOf(size) === 1 && [...strides, ...pads].every((value, i) => value === (i < 2 ? 1 : 0))) return x;
  const count = sizeOf(size);
  const [n, , rows, columns] = pooledShape(x.shape, size, geometry) as [number, number, number, number];
  // Grouped convolutions are not to be relied on there, and slices cost little.
  if (graph.target === 'onnx-webgpu') {
    const elements = elementsOfWindows(graph, x, { ...geometry, size }, 0);
    const parts = elements.map((part) => reshape(graph, part, [n, channels, 1, rows, columns]));
    return concat(graph, parts, 2);
  }
  // For every channel a filter for every element of a window, which takes that element.
  const identity = graph.constant(
    Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0)),
    [1, count, count],
    'float32',
  );
  const filters = reshape(graph, graph.expand(identity, [channels, count, count]), [
    channels * count,
    1,
    ...size,
  ]);
  return convolve(graph, x, filters, { ...geometry, groups: channels });
}

/** Of filters of one input channel each: a convolution of x with dy in place of the filter, the batch summed over as channels. */
function filterGradientOfSingleChannels(
  graph: Graph,
  x: Value,
  dy: Value,
  filterShape: readonly number[],
  geometry: ConvolutionGeometry,
): Value {
  const { strides, dilations, pads } = geometry;
  const [n, channels, h, w] = x.shape as Shape4;
  const [, outputs, rows, columns] = dy.shape as Shape4;
  const [, , kh, kw] = filterShape as Shape4;
  const images = reshape(graph, transpose(graph, x, [1, 0, 2, 3]), [1, channels * n, h, w]);
  const slopes = transpose(graph, dy, [1, 0, 2, 3]);
  // As far after the image as the last element of the last window reaches.
  const after = (extent: number, axis: 0 | 1, count: number, size: number) =>
    Math.max(0, (count - 1) * strides[axis] + (size - 1) * dilations[axis] + 1 - extent - pads[axis]);
  const swapped: ConvolutionGeometry = {
    strides: dilations,
    dilations: strides,
    pads: [pads[0], pads[1], after(h, 0, rows, kh), after(w, 1, columns, kw)],
    groups: channels,
  };
  const found = convolve(graph, images, slopes, swapped);
  return slice(graph, found, [0, 0, 0, 0], [1, outputs, kh, kw]);
}
