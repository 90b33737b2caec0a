/**
 * Gradients of tfjs's operations on images, in place of tfjs's own: made of our operations, so that they exist for dilated
 * convolutions too and can be differentiated again. Imported for its effect.
 */
import * as tf from '@tensorflow/tfjs-core';
import { convolution, convolutionFilterGradient, convolutionImageGradient } from './operations/convolution';
import { channelsFirst, channelsLast, filterFirst, filterLast } from './operations/imageLayout';
import { maxPoolSpread } from './operations/maxPool';
import { filterOfDepthwise, geometryOf, windowOf } from './operations/tfjsImages';

const firstShape = ([n, h, w, c]: readonly number[]) => [n!, c!, h!, w!];
const filterFirstShape = ([kh, kw, i, o]: readonly number[]) => [o!, i!, kh!, kw!];

tf.registerGradient({
  kernelName: tf.Conv2D,
  inputsToSave: ['x', 'filter'],
  gradFunc: (upstream, saved, attributes) => {
    const [x, filter] = saved as [tf.Tensor, tf.Tensor];
    const geometry = geometryOf(x.shape, filter.shape, attributes as unknown as tf.Conv2DAttrs);
    const dy = () => channelsFirst(upstream as tf.Tensor);
    return {
      x: () =>
        channelsLast(convolutionImageGradient(dy(), filterFirst(filter), firstShape(x.shape), geometry)),
      filter: () =>
        filterLast(
          convolutionFilterGradient(channelsFirst(x), dy(), filterFirstShape(filter.shape), geometry),
        ),
    };
  },
});

/** A transposed convolution: with respect to its image it is a convolution. */
tf.registerGradient({
  kernelName: tf.Conv2DBackpropInput,
  inputsToSave: ['dy', 'filter'],
  gradFunc: (upstream, saved, attributes) => {
    const [dy, filter] = saved as [tf.Tensor, tf.Tensor];
    const g = upstream as tf.Tensor;
    const given = attributes as unknown as tf.Conv2DBackpropInputAttrs;
    const geometry = geometryOf(g.shape, filter.shape, { ...given, dilations: 1 });
    return {
      dy: () => channelsLast(convolution(channelsFirst(g), filterFirst(filter), geometry)),
      filter: () => {
        const shape = filterFirstShape(filter.shape);
        return filterLast(convolutionFilterGradient(channelsFirst(g), channelsFirst(dy), shape, geometry));
      },
    };
  },
});

tf.registerGradient({
  kernelName: tf.DepthwiseConv2dNative,
  inputsToSave: ['x', 'filter'],
  gradFunc: (upstream, saved, attributes) => {
    const [x, filter] = saved as [tf.Tensor, tf.Tensor];
    const given = attributes as unknown as tf.DepthwiseConv2dNativeAttrs;
    const geometry = geometryOf(x.shape, filter.shape, given, true);
    const [kh, kw, inputs, multiplier] = filter.shape as [number, number, number, number];
    const shape = filterOfDepthwise(filter.shape);
    const dy = () => channelsFirst(upstream as tf.Tensor);
    return {
      x: () => {
        const filters = tf.reshape(tf.transpose(filter, [2, 3, 0, 1]), shape);
        return channelsLast(convolutionImageGradient(dy(), filters, firstShape(x.shape), geometry));
      },
      filter: () => {
        const gradient = convolutionFilterGradient(channelsFirst(x), dy(), shape, geometry);
        return tf.transpose(tf.reshape(gradient, [inputs, multiplier, kh, kw]), [2, 3, 0, 1]);
      },
    };
  },
});

tf.registerGradient({
  kernelName: tf.MaxPool,
  inputsToSave: ['x'],
  gradFunc: (upstream, saved, attributes) => {
    const x = saved[0]!;
    const window = windowOf(x.shape, attributes as unknown as tf.MaxPoolAttrs);
    const dy = () => channelsFirst(upstream as tf.Tensor);
    return { x: () => channelsLast(maxPoolSpread(dy(), channelsFirst(x), window)) };
  },
});

/** A mean over the pixels of a window is a convolution with ones, divided by how many pixels the window has on the image. */
tf.registerGradient({
  kernelName: tf.AvgPool,
  inputsToSave: ['x'],
  gradFunc: (upstream, saved, attributes) => {
    const x = saved[0]!;
    const { size, ...window } = windowOf(x.shape, attributes as unknown as tf.AvgPoolAttrs);
    const [, h, w, channels] = x.shape as [number, number, number, number];
    return {
      x: () => {
        const pixels = convolution(tf.ones([1, 1, h, w]), tf.ones([1, 1, ...size]), { ...window, groups: 1 });
        const shares = tf.div(channelsFirst(upstream as tf.Tensor), pixels);
        const ones = tf.ones([channels, 1, ...size]);
        const geometry = { ...window, groups: channels };
        return channelsLast(convolutionImageGradient(shares, ones, firstShape(x.shape), geometry));
      },
    };
  },
});
