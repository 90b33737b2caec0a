/** tfjs's operations on images `[n, h, w, c]`, those of the layers of a tfjs model, by our own operations and TensorFlow's. */
import * as tf from '@tensorflow/tfjs-core';
import { convolution, convolutionImageGradient } from '../../operations/convolution';
import { pooledShape } from '../../operations/convolutionGeometry';
import { channelsFirst, channelsLast, filterFirst } from '../../operations/imageLayout';
import { maxPool } from '../../operations/maxPool';
import { filterOfDepthwise, geometryOf, windowOf } from '../../operations/tfjsImages';
import type { Kernel, KernelCall, KernelFamily } from './kernel';
import { total, Windows } from './windows';

function conv2d({ inputs }: KernelCall, attributes: tf.Conv2DAttrs): tf.Tensor {
  const { x, filter } = inputs as { x: tf.Tensor; filter: tf.Tensor };
  const geometry = geometryOf(x.shape, filter.shape, attributes);
  return tf.tidy(() => channelsLast(convolution(channelsFirst(x), filterFirst(filter), geometry)));
}

function depthwise({ inputs }: KernelCall, attributes: tf.DepthwiseConv2dNativeAttrs): tf.Tensor {
  const { x, filter } = inputs as { x: tf.Tensor; filter: tf.Tensor };
  const geometry = geometryOf(x.shape, filter.shape, attributes, true);
  return tf.tidy(() => {
    const filters = tf.reshape(tf.transpose(filter, [2, 3, 0, 1]), filterOfDepthwise(filter.shape));
    return channelsLast(convolution(channelsFirst(x), filters, geometry));
  });
}

/** The mean over what of a window lies on the image. */
function averagePool(call: KernelCall, x: tf.Tensor, attributes: tf.AvgPoolAttrs): tf.Tensor {
  const window = windowOf(x.shape, attributes as tf.MaxPoolAttrs);
  return tf.tidy(() => {
    const image = channelsFirst(x);
    const [, , rows, columns] = pooledShape(image.shape, window.size, window);
    const windows = new Windows(call, image.shape, window.size, [rows!, columns!], window);
    const sum = (of: tf.Tensor) => {
      const padded = windows.pad(of);
      return total(windows.elements.map((at) => windows.take(padded, at)));
    };
    return channelsLast(tf.div(sum(image), sum(tf.onesLike(image))));
  });
}

interface FusedAttributes {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

const activations: Readonly<
  Record<string, (x: tf.Tensor, call: KernelCall, a: FusedAttributes) => tf.Tensor>
> = {
  linear: (x) => x,
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  elu: (x) => tf.elu(x),
  sigmoid: (x) => tf.sigmoid(x),
  leakyrelu: (x, _call, { leakyreluAlpha }) => tf.leakyRelu(x, leakyreluAlpha),
  prelu: (x, { inputs }) => tf.prelu(x, inputs.preluActivationWeights!),
};

/** `plain`: the operation without bias and activation. */
function withBiasAndActivation<A extends object>(
  plain: (call: KernelCall, attributes: A) => tf.Tensor,
): Kernel<never> {
  const kernel: Kernel<A & FusedAttributes> = (call, attributes) =>
    tf.tidy(() => {
      const result = plain(call, attributes);
      const sum = call.inputs.bias ? tf.add(result, call.inputs.bias) : result;
      const activate = activations[attributes.activation ?? 'linear'];
      if (!activate)
        throw new Error(
          `The fused activation "${attributes.activation}" is unknown: apply it as an operation.`,
        );
      return activate(sum, call, attributes);
    });
  return kernel as Kernel<never>;
}

const resize = (name: string): Kernel<tf.ResizeBilinearAttrs> => {
  return ({ backend, inputs }, { size, alignCorners, halfPixelCenters }) =>
    tf.tidy(() => {
      const flags = { align_corners: alignCorners, half_pixel_centers: halfPixelCenters };
      const x = tf.cast(inputs.images!, 'float32');
      return backend.run(name, [x, size], { types: { T: 'float32' }, flags })[0]!;
    });
};

export const images: KernelFamily = {
  [tf.Conv2D]: conv2d as Kernel<never>,
  [tf.DepthwiseConv2dNative]: depthwise as Kernel<never>,
  [tf.Conv2DBackpropInput]: (({ inputs }, attributes) => {
    const { dy, filter } = inputs as { dy: tf.Tensor; filter: tf.Tensor };
    const { inputShape } = attributes;
    const geometry = geometryOf(inputShape, filter.shape, { ...attributes, dilations: 1 });
    const [n, h, w, c] = inputShape;
    return tf.tidy(() =>
      channelsLast(convolutionImageGradient(channelsFirst(dy), filterFirst(filter), [n, c, h, w], geometry)),
    );
  }) satisfies Kernel<tf.Conv2DBackpropInputAttrs>,
  [tf.MaxPool]: (({ inputs }, attributes) => {
    const x = inputs.x!;
    const window = windowOf(x.shape, attributes);
    return tf.tidy(() => channelsLast(maxPool(channelsFirst(x), window)));
  }) satisfies Kernel<tf.MaxPoolAttrs>,
  [tf.AvgPool]: ((call, attributes) =>
    averagePool(call, call.inputs.x!, attributes)) satisfies Kernel<tf.AvgPoolAttrs>,
  [tf.FusedBatchNorm]: (({ inputs }, { varianceEpsilon }) =>
    tf.tidy(() => {
      const { x, mean, variance, scale, offset } = inputs;
      const r = tf.rsqrt(tf.add(variance!, varianceEpsilon));
      const centred = tf.mul(tf.sub(x!, mean!), scale ? tf.mul(scale, r) : r);
      return offset ? tf.add(centred, offset) : centred;
    })) satisfies Kernel<tf.FusedBatchNormAttrs>,
  [tf.ResizeBilinear]: resize('ResizeBilinear'),
  [tf.ResizeNearestNeighbor]: resize('ResizeNearestNeighbor'),

  [tf._FusedMatMul]: withBiasAndActivation<tf._FusedMatMulAttrs>(({ inputs }, { transposeA, transposeB }) =>
    tf.matMul(inputs.a!, inputs.b!, transposeA, transposeB),
  ),
  [tf.FusedConv2D]: withBiasAndActivation(conv2d),
  [tf.FusedDepthwiseConv2D]: withBiasAndActivation(depthwise),
};
