/** Where the windows of a convolution or a pooling lie on an image. Pairs are [vertical, horizontal]. */

export type Pair = readonly [vertical: number, horizontal: number];

export interface WindowGeometry {
  /** How far a window lies from the next. */
  readonly strides: Pair;
  /** How far the elements of one window lie from each other. */
  readonly dilations: Pair;
  /** How far the first window reaches over the top and left edge, the last one at most over the bottom and right edge. */
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
}

export interface ConvolutionGeometry extends WindowGeometry {
  /** The channels of input and output fall into so many parts, each a convolution of its own; divides both. */
  readonly groups: number;
}

/** The geometry of most layers: the same in both directions, padded alike on all sides (as PyTorch's layers are). */
export function evenGeometry(
  options: { readonly stride?: number; readonly padding?: number; readonly groups?: number } = {},
): ConvolutionGeometry {
  const { stride = 1, padding = 0, groups = 1 } = options;
  return {
    strides: [stride, stride],
    dilations: [1, 1],
    pads: [padding, padding, padding, padding],
    groups,
  };
}

/** Rows (axis 0) or columns (axis 1) that a window of `size` elements covers. */
export function coveredExtent(size: number, axis: 0 | 1, { dilations }: WindowGeometry): number {
  return dilations[axis] * (size - 1) + 1;
}

/** How many windows of `size` lie on an image of `extents`. */
function windowCounts(extents: Pair, size: Pair, geometry: WindowGeometry): Pair {
  const count = (axis: 0 | 1) => {
    const padded = extents[axis] + geometry.pads[axis]! + geometry.pads[axis + 2]!;
    return Math.floor((padded - coveredExtent(size[axis], axis, geometry)) / geometry.strides[axis]) + 1;
  };
  return [count(0), count(1)];
}

/** Shape `[n, c, rows, columns]` of the outputs of windows that lie on images `[n, c, h, w]`. */
export function pooledShape(image: readonly number[], size: Pair, geometry: WindowGeometry): number[] {
  const [n, c, h, w] = image as [number, number, number, number];
  const counts = windowCounts([h, w], size, geometry);
  if (!(counts[0] > 0 && counts[1] > 0))
    throw new Error(`Windows of ${size.join('x')} do not fit into images of ${h}x${w}.`);
  return [n, c, ...counts];
}

/** Shape `[n, o, rows, columns]` of a convolution of images `[n, i, h, w]` with filters `[o, i / groups, kh, kw]`. */
export function convolvedShape(
  image: readonly number[],
  filter: readonly number[],
  geometry: ConvolutionGeometry,
): number[] {
  const [outputs, inputs, ...size] = filter as [number, number, number, number];
  if (image.length !== 4 || image[1] !== inputs * geometry.groups || outputs % geometry.groups !== 0)
    throw new Error(
      `Images [${image}] cannot be convolved with filters [${filter}] in ${geometry.groups} groups.`,
    );
  const [n, , rows, columns] = pooledShape(image, size, geometry);
  return [n!, outputs, rows!, columns!];
}
