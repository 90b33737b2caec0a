/**
 * Windows on images `[n, c, h, w]`, one element of all windows at a time: what a convolution or pooling with any strides, dilations
 * and groups can be put together from.
 */
import * as tf from '@tensorflow/tfjs-core';
import { coveredExtent, type Pair, type WindowGeometry } from '../../operations/convolutionGeometry';
import { dtypeOf, type KernelCall, operation } from './kernel';

type Shape4 = [number, number, number, number];

/** The places of a window of `size` elements, row by row. */
function elementsOf(size: Pair): Pair[] {
  return Array.from({ length: size[0] * size[1] }, (_, i) => [Math.floor(i / size[1]), i % size[1]]);
}

export class Windows {
  private readonly paddings: [number, number][];
  private readonly padded: number[];

  /** `image`: `[n, c, h, w]`; `counts`: how many windows lie on it. */
  constructor(
    private readonly call: KernelCall,
    private readonly image: readonly number[],
    private readonly size: Pair,
    private readonly counts: Pair,
    private readonly geometry: WindowGeometry,
  ) {
    const { pads, strides } = geometry;
    // The last window may end before the edge.
    const after = ([0, 1] as const).map((axis) => {
      const reach = (counts[axis] - 1) * strides[axis] + coveredExtent(size[axis], axis, geometry);
      return Math.max(0, reach - pads[axis] - image[axis + 2]!);
    });
    this.paddings = [
      [0, 0],
      [0, 0],
      [pads[0], after[0]!],
      [pads[1], after[1]!],
    ];
    this.padded = image.map((extent, axis) => extent + this.paddings[axis]![0] + this.paddings[axis]![1]);
  }

  /** The images with `value` around them. */
  pad(x: tf.Tensor, value = 0): tf.Tensor {
    return tf.pad(x, this.paddings, value);
  }

  /** What is inside of the padding. */
  unpad(x: tf.Tensor): tf.Tensor {
    const begin = this.paddings.map(([before]) => before);
    return tf.slice(x, begin as Shape4, [...this.image] as Shape4);
  }

  /** The element `at` of every window on padded images: `[n, c, rows, columns]`. */
  take(padded: tf.Tensor, at: Pair): tf.Tensor {
    const attributes = { types: { Index: 'int32' }, ints: masks } as const;
    return operation(this.call, 'StridedSlice', [padded, ...this.range(at)], attributes);
  }

  /** The adjoint of `take`: padded images that have `values` there and 0 elsewhere. */
  put(values: tf.Tensor, at: Pair): tf.Tensor {
    const types = { T: dtypeOf(values), Index: 'int32' } as const;
    const inputs = [this.padded, ...this.range(at), values];
    return this.call.backend.run('StridedSliceGrad', inputs, { types, ints: masks })[0]!;
  }

  /** The places of a window. */
  get elements(): Pair[] {
    return elementsOf(this.size);
  }

  private range(at: Pair): [begin: number[], end: number[], strides: number[]] {
    const { strides, dilations } = this.geometry;
    const begin = [at[0] * dilations[0], at[1] * dilations[1]] as const;
    const end = ([0, 1] as const).map((axis) => begin[axis] + (this.counts[axis] - 1) * strides[axis] + 1);
    const [n, c] = this.image as Shape4;
    return [
      [0, 0, ...begin],
      [n, c, ...end],
      [1, 1, ...strides],
    ];
  }
}

const masks = { begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0, shrink_axis_mask: 0 };

/** The sum of tensors of one shape. */
export function total(terms: readonly tf.Tensor[]): tf.Tensor {
  return terms.reduce((sum, term) => tf.add(sum, term));
}
