/** Convolution and its derivatives as loops, for the reference runtime: one walk over all products serves the three. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../runtime';
import { type ConvolutionGeometry, convolvedShape } from './convolutionGeometry';
import { asTensor } from './kernelInput';

interface KernelNames {
  readonly convolution: string;
  readonly ofImage: string;
  readonly ofFilter: string;
}

interface Attributes extends ConvolutionGeometry {
  readonly imageShape?: readonly number[];
  readonly filterShape?: readonly number[];
}

export function registerConvolutionReference(names: KernelNames): void {
  const register = (
    kernelName: string,
    inputNames: readonly [string, string],
    compute: (a: tf.Tensor, b: tf.Tensor, attributes: Attributes) => tf.Tensor,
  ): void => {
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => {
          const [a, b] = inputNames.map((name) => asTensor(inputs[name]!)) as [tf.Tensor, tf.Tensor];
          return compute(a, b, attrs as unknown as Attributes);
        }),
    });
  };

  register(names.convolution, ['x', 'filter'], (x, filter, geometry) => {
    const [image, weights] = [x.dataSync(), filter.dataSync()];
    const shape = convolvedShape(x.shape, filter.shape, geometry);
    return summed(shape, (sums) => {
      forEachProduct(x.shape, filter.shape, geometry, (xAt, filterAt, yAt) => {
        sums[yAt]! += image[xAt]! * weights[filterAt]!;
      });
    });
  });

  register(names.ofImage, ['dy', 'filter'], (dy, filter, { imageShape, ...geometry }) => {
    const [slopes, weights] = [dy.dataSync(), filter.dataSync()];
    return summed(imageShape!, (sums) => {
      forEachProduct(imageShape!, filter.shape, geometry, (xAt, filterAt, yAt) => {
        sums[xAt]! += slopes[yAt]! * weights[filterAt]!;
      });
    });
  });

  register(names.ofFilter, ['x', 'dy'], (x, dy, { filterShape, ...geometry }) => {
    const [image, slopes] = [x.dataSync(), dy.dataSync()];
    return summed(filterShape!, (sums) => {
      forEachProduct(x.shape, filterShape!, geometry, (xAt, filterAt, yAt) => {
        sums[filterAt]! += image[xAt]! * slopes[yAt]!;
      });
    });
  });
}

function summed(shape: readonly number[], add: (sums: Float64Array) => void): tf.Tensor {
  const sums = new Float64Array(sizeOf(shape));
  add(sums);
  return tf.tensor(Float32Array.from(sums), [...shape], 'float32');
}

/** Visits every product of an element of the image and one of a filter, and says what element of the output it is part of. */
function forEachProduct(
  image: readonly number[],
  filter: readonly number[],
  geometry: ConvolutionGeometry,
  visit: (xAt: number, filterAt: number, yAt: number) => void,
): void {
  const { strides, dilations, pads, groups } = geometry;
  const [n, channels, h, w] = image as [number, number, number, number];
  const [outputs, perGroup, kh, kw] = filter as [number, number, number, number];
  const [, , rows, columns] = convolvedShape(image, filter, geometry) as [number, number, number, number];
  for (let b = 0; b < n; b++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor((o * groups) / outputs) * perGroup;
      for (let i = 0; i < perGroup; i++) {
        for (let ky = 0; ky < kh; ky++) {
          for (let kx = 0; kx < kw; kx++) {
            const filterAt = ((o * perGroup + i) * kh + ky) * kw + kx;
            for (let row = 0; row < rows; row++) {
              const y = row * strides[0] + ky * dilations[0] - pads[0];
              if (y < 0 || y >= h) continue;
              const line = ((b * channels + first + i) * h + y) * w;
              const yLine = ((b * outputs + o) * rows + row) * columns;
              for (let column = 0; column < columns; column++) {
                const x = column * strides[1] + kx * dilations[1] - pads[1];
                if (x >= 0 && x < w) visit(line + x, filterAt, yLine + column);
              }
            }
          }
        }
      }
    }
  }
}
