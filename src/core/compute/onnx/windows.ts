/** Padding of images `[n, c, h, w]`, and the elements of their windows by slices for nodes that a runtime lacks or has wrong. */
import { coveredExtent, type Pair, pooledShape } from '../operations/convolutionGeometry';
import type { PoolAttributes } from '../operations/maxPool';
import { binary } from './elementwise';
import type { Graph } from './graph';
import { reshape, slice } from './shapes';
import type { Value } from './values';

type Shape4 = readonly [number, number, number, number];

/** The first element of every window, then the second, ..., each `[n, c, rows, columns]`; `outside` where there is padding. */
export function elementsOfWindows(graph: Graph, x: Value, window: PoolAttributes, outside: number): Value[] {
  const { size, strides, dilations, pads } = window;
  const [n, c, h, w] = x.shape as Shape4;
  const [, , rows, columns] = pooledShape(x.shape, size, window) as [number, number, number, number];
  const needed = (axis: 0 | 1, count: number) =>
    (count - 1) * strides[axis] + coveredExtent(size[axis], axis, window);
  const after = (axis: 0 | 1, count: number, extent: number) =>
    Math.max(0, needed(axis, count) - extent - pads[axis]);
  const image = padded(
    graph,
    x,
    [
      [0, 0],
      [0, 0],
      [pads[0], after(0, rows, h)],
      [pads[1], after(1, columns, w)],
    ],
    outside,
  );
  return positions(size).map(([ky, kx]) =>
    slice(
      graph,
      image,
      [0, 0, ky * dilations[0], kx * dilations[1]],
      [n, c, rows, columns],
      [1, 1, ...strides],
    ),
  );
}

function positions([kh, kw]: Pair): Pair[] {
  return Array.from({ length: kh * kw }, (_, i) => [Math.floor(i / kw), i % kw] as const);
}

/** The transpose of it: adds the first element of every window, the second, ... to where they are in images of `imageShape`. */
export function addElementsOfWindows(
  graph: Graph,
  parts: readonly Value[],
  imageShape: readonly number[],
  window: PoolAttributes,
): Value {
  const { strides, dilations, pads, size } = window;
  const [n, c, h, w] = imageShape as Shape4;
  return positions(size)
    .map(([ky, kx], k) => {
      const [, , rows, columns] = parts[k]!.shape as Shape4;
      const apart = reshape(
        graph,
        padded(graph, reshape(graph, parts[k]!, [n * c, rows, 1, columns, 1]), [
          [0, 0],
          [0, 0],
          [0, strides[0] - 1],
          [0, 0],
          [0, strides[1] - 1],
        ]),
        [n, c, rows * strides[0], columns * strides[1]],
      );
      const top = ky * dilations[0] - pads[0];
      const left = kx * dilations[1] - pads[1];
      return padded(graph, apart, [
        [0, 0],
        [0, 0],
        [top, h - top - rows * strides[0]],
        [left, w - left - columns * strides[1]],
      ]);
    })
    .reduce((sum, part) => binary(graph, 'Add', sum, part));
}

/** `x` with so much of `value` before and after every axis; a negative amount cuts off. */
export function padded(
  graph: Graph,
  x: Value,
  amounts: readonly (readonly [number, number])[],
  value = 0,
): Value {
  const cut = (amount: number) => Math.max(0, -amount);
  const begin = amounts.map(([before]) => cut(before));
  const kept = x.shape.map((extent, axis) => extent - begin[axis]! - cut(amounts[axis]![1]));
  const part = slice(graph, x, begin, kept);
  const added = amounts.map((pair) => pair.map((amount) => Math.max(0, amount)) as [number, number]);
  if (added.every(([before, after]) => before + after === 0)) return part;
  const shape = kept.map((extent, axis) => extent + added[axis]![0] + added[axis]![1]);
  const amountsInOrder = [...added.map(([before]) => before), ...added.map(([, after]) => after)];
  return graph.emit(
    'Pad',
    [part, graph.indices(amountsInOrder), graph.scalar(value)],
    { shape, dtype: 'float32' },
    { mode: 'constant' },
  );
}
