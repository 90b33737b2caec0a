/**
 * The derivative of a convolution of images `[n, c, h, w]` with respect to its filters as ONNX nodes. There is no node for
 * it: it is made of products, in the form that was fastest for the shapes.
 */
import { type ConvolutionGeometry, type Pair, pooledShape } from '../operations/convolutionGeometry';
import { sizeOf } from '../runtime';
import { convolve } from './convolution';
import { type Graph, largestConstant } from './graph';
import { matmul } from './matmul';
import { reduce } from './reductions';
import { concat, reshape, slice, transpose } from './shapes';
import type { Value } from './values';
import { elementsOfWindows, padded } from './windows';

type Shape4 = readonly [number, number, number, number];

/** The gradient with respect to the filters. */
export function convolutionFilterGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  filterShape: readonly number[],
  geometry: ConvolutionGeometry,
): Value {
  const form =
    filterShape[1] !== 1 || geometry.groups === 1
      ? filterGradientByProduct
      : canGoByRows(graph, dy, filterShape, geometry)
        ? filterGradientByRows
        : filterGradientOfSingleChannels;
  return reshape(graph, form(graph, x, dy, filterShape, geometry), filterShape);
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
  const windows = windowsOf(graph, x, [filterShape[2]!, filterShape[3]!], geometry);
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

/** Whether the products of whole rows cost less than the swapped convolution, by measurement. */
function canGoByRows(
  { target }: Graph,
  dy: Value,
  [outputs, , , kw]: readonly number[],
  { strides, dilations, groups }: ConvolutionGeometry,
): boolean {
  const columns = dy.shape[3]!;
  const isPlain = [...strides, ...dilations].every((step) => step === 1) && outputs === groups;
  const diagonals = (columns + kw! - 1) * columns * kw!;
  return target === 'onnx-cpu' && isPlain && columns >= 8 && columns <= 100 && diagonals <= largestConstant;
}

/**
 * Of one filter a channel, without strides: all products of an element of a row of x and one of a row of dy as a matrix, for
 * each of the filter's rows; the filter's elements are the sums of its diagonals. Most products are not needed, but
 * products of matrices are so much faster.
 */
function filterGradientByRows(
  graph: Graph,
  x: Value,
  dy: Value,
  filterShape: readonly number[],
  { pads }: ConvolutionGeometry,
): Value {
  const [n, channels, rows, columns] = dy.shape as Shape4;
  const [, , kh, kw] = filterShape as Shape4;
  const width = columns + kw - 1;
  const images = padded(graph, transpose(graph, x, [1, 0, 2, 3]), [
    [0, 0],
    [0, 0],
    [pads[0], pads[2]],
    [pads[1], pads[3]],
  ]);
  const slopes = reshape(graph, transpose(graph, dy, [1, 0, 2, 3]), [channels, n * rows, columns]);
  const products = Array.from({ length: kh }, (_, ky) => {
    const part = slice(graph, images, [0, 0, ky, 0], [channels, n, rows, width]);
    const lines = reshape(graph, part, [channels, n * rows, width]);
    return reshape(graph, matmul(graph, lines, slopes, true, false), [channels, 1, width * columns]);
  });
  const diagonals = graph.constant(
    Float32Array.from({ length: width * columns * kw }, (_, i) => {
      const [place, kx] = [Math.floor(i / kw), i % kw];
      return Math.floor(place / columns) - (place % columns) === kx ? 1 : 0;
    }),
    [width * columns, kw],
    'float32',
  );
  return matmul(graph, concat(graph, products, 1), diagonals, false, false);
}
