/** Max-pooling of images `[n, c, h, w]`. Of equal maxima in a window the first in reading order counts, in PyTorch as in tfjs. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { sizeOf } from '../runtime';
import { type Pair, pooledShape, type WindowGeometry } from './convolutionGeometry';
import { asTensor } from './kernelInput';

/** Input {x}. */
export const maxPoolKernel = 'RepsimMaxPool';
/** Inputs {dy, x}: puts every dy where its window of x has the maximum, and adds up. Linear in dy. */
export const maxPoolSpreadKernel = 'RepsimMaxPoolSpread';
/** Inputs {u, x}: takes from every window of u the element where that of x has the maximum. Linear in u. */
export const maxPoolPickKernel = 'RepsimMaxPoolPick';

export interface PoolAttributes extends WindowGeometry {
  readonly size: Pair;
}

/** The largest element of every window: x `[n, c, h, w]`; gives `[n, c, rows, columns]`. Padding is never the largest. */
export function maxPool(x: tf.Tensor, window: PoolAttributes): tf.Tensor {
  pooledShape(x.shape, window.size, window);
  return run(maxPoolKernel, { x }, window);
}

/** The gradient of maxPool(x) with respect to x, given that of its output. */
export function maxPoolSpread(dy: tf.Tensor, x: tf.Tensor, window: PoolAttributes): tf.Tensor {
  return run(maxPoolSpreadKernel, { dy, x }, window);
}

/** The elements of u `[n, c, h, w]` where x has the maxima of its windows. */
export function maxPoolPick(u: tf.Tensor, x: tf.Tensor, window: PoolAttributes): tf.Tensor {
  return run(maxPoolPickKernel, { u, x }, window);
}

function run(kernel: string, inputs: tf.NamedTensorMap, window: PoolAttributes): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, window as unknown as tf.NamedAttrMap);
}

const gradient = (
  kernelName: string,
  inputs: readonly string[],
  of: (g: tf.Tensor, x: tf.Tensor, window: PoolAttributes) => tf.Tensor,
): void => {
  tf.registerGradient({
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (upstream, saved, attributes) => {
      const x = saved[inputs.length - 1]!;
      const linear = () => of(upstream as tf.Tensor, x, attributes as unknown as PoolAttributes);
      // Where the maximum is does not change with x, almost everywhere.
      return inputs.length === 1
        ? { [inputs[0]!]: linear }
        : { [inputs[0]!]: linear, x: () => tf.zerosLike(x) };
    },
  });
};
gradient(maxPoolKernel, ['x'], maxPoolSpread);
gradient(maxPoolSpreadKernel, ['dy', 'x'], maxPoolPick);
gradient(maxPoolPickKernel, ['u', 'x'], maxPoolSpread);

const reference = (
  kernelName: string,
  compute: (positions: Int32Array, pooled: readonly number[], x: tf.Tensor, other?: tf.Tensor) => tf.Tensor,
): void => {
  tf.registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => {
        const x = asTensor(inputs.x!);
        const other = inputs.dy ?? inputs.u;
        const window = attrs as unknown as PoolAttributes;
        const pooled = pooledShape(x.shape, window.size, window);
        const positions = positionsOfMaxima(x, pooled, window);
        return compute(positions, pooled, x, other && asTensor(other));
      }),
  });
};

const taken = (positions: Int32Array, pooled: readonly number[], from: tf.Tensor): tf.Tensor => {
  const values = from.dataSync();
  return tf.tensor(
    Float32Array.from(positions, (at) => values[at]!),
    [...pooled],
    'float32',
  );
};
reference(maxPoolKernel, (positions, pooled, x) => taken(positions, pooled, x));
reference(maxPoolPickKernel, (positions, pooled, _x, u) => taken(positions, pooled, u!));
reference(maxPoolSpreadKernel, (positions, _pooled, x, dy) => {
  const sums = new Float64Array(x.size);
  const slopes = dy!.dataSync();
  for (const [i, at] of positions.entries()) sums[at]! += slopes[i]!;
  return tf.tensor(Float32Array.from(sums), x.shape, 'float32');
});

/** For every window, where in x its maximum lies. */
function positionsOfMaxima(x: tf.Tensor, pooled: readonly number[], window: PoolAttributes): Int32Array {
  const values = x.dataSync();
  const { size, strides, dilations, pads } = window;
  const [, , h, w] = x.shape as [number, number, number, number];
  const [n, c, rows, columns] = pooled as [number, number, number, number];
  const positions = new Int32Array(sizeOf(pooled));
  let next = 0;
  for (let image = 0; image < n * c; image++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let best = -1;
        for (let ky = 0; ky < size[0]; ky++) {
          for (let kx = 0; kx < size[1]; kx++) {
            const y = row * strides[0] + ky * dilations[0] - pads[0];
            const xx = column * strides[1] + kx * dilations[1] - pads[1];
            if (y < 0 || y >= h || xx < 0 || xx >= w) continue;
            const at = (image * h + y) * w + xx;
            if (best < 0 || values[at]! > values[best]!) best = at;
          }
        }
        positions[next++] = best;
      }
    }
  }
  return positions;
}
