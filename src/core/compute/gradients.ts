/**
 * tfjs's own gradients, corrected, and those that it lacks: reverse mode stops with an error at a kernel without one, also where the
 * gradient is zero everywhere, as a comparison's is. Second derivatives meet these kernels, because gradients are written
 * with them. Imported for its effect.
 */
import * as tf from '@tensorflow/tfjs-core';
// After the core: Node resolves the two to different copies, and the first one loaded makes the engine and its tensors,
// which have methods only if the core itself made them.
import '@tensorflow/tfjs-core/dist/register_all_gradients';
// After tfjs's own, some of which it replaces.
import './imageGradients';

/**
 * tfjs's gradient of MirrorPad forgets the mirrored parts, that of Prod stops with an error that names nothing, and those of
 * resizing call kernels without a gradient. Without one, reverse mode says which kernel it cannot pass.
 */
for (const kernelName of [tf.MirrorPad, tf.Prod, tf.ResizeBilinear, tf.ResizeNearestNeighbor])
  tf.unregisterGradient(kernelName);

/** Piecewise constant kernels: the gradient with respect to each input is zero (tfjs takes FloorDiv for a division). */
const piecewiseConstant: readonly (readonly [kernelName: string, inputs: readonly string[]])[] = [
  [tf.Equal, ['a', 'b']],
  [tf.NotEqual, ['a', 'b']],
  [tf.Greater, ['a', 'b']],
  [tf.GreaterEqual, ['a', 'b']],
  [tf.Less, ['a', 'b']],
  [tf.LessEqual, ['a', 'b']],
  [tf.LogicalAnd, ['a', 'b']],
  [tf.LogicalOr, ['a', 'b']],
  [tf.LogicalNot, ['x']],
  [tf.ArgMax, ['x']],
  [tf.ArgMin, ['x']],
  [tf.IsNan, ['x']],
  [tf.IsInf, ['x']],
  [tf.IsFinite, ['x']],
  [tf.FloorDiv, ['a', 'b']],
];

for (const [kernelName, inputs] of piecewiseConstant) {
  tf.registerGradient({
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_dy, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.fill(saved[i]!.shape, 0)])),
  });
}

/** Made an integer, a number is piecewise constant; tfjs lets the gradient through. */
tf.registerGradient({
  kernelName: tf.Cast,
  gradFunc: (upstream, _saved, attributes) => {
    const dy = upstream as tf.Tensor;
    const { dtype } = attributes as unknown as tf.CastAttrs;
    return { x: () => (dtype === 'float32' ? tf.cast(dy, 'float32') : tf.fill(dy.shape, 0)) };
  },
});

/** tfjs transposes the gradient unless the axis is the last. */
tf.registerGradient({
  kernelName: tf.Cumsum,
  gradFunc: (upstream, _saved, attributes) => {
    const { axis, exclusive, reverse } = attributes as unknown as tf.CumsumAttrs;
    return { x: () => tf.cumsum(upstream as tf.Tensor, axis, exclusive, !reverse) };
  },
});

/** elu'(x) as a function of y = elu(x) is 1 for y >= 0 and y + 1 below; EluGrad(dy, y) = dy elu'(x). */
tf.registerGradient({
  kernelName: tf.EluGrad,
  inputsToSave: ['dy', 'y'],
  gradFunc: (upstream, saved) => {
    const g = upstream as tf.Tensor;
    const [dy, y] = saved as [tf.Tensor, tf.Tensor];
    return {
      dy: () => tf.engine().runKernel(tf.EluGrad, { dy: g, y }) as tf.Tensor,
      y: () => tf.where(tf.less(y, 0), tf.mul(g, dy), tf.zerosLike(y)),
    };
  },
});

/** As a product with 0 or 1 that is read off the output: tfjs compares, chooses and looks for NaN, four times the work. */
tf.registerGradient({
  kernelName: tf.Relu,
  inputsToSave: ['x'],
  gradFunc: (upstream, saved) => ({
    x: () => {
      const isPositive = tf.cast(tf.relu(saved[0]!), 'bool');
      return tf.mul(upstream as tf.Tensor, tf.cast(isPositive, 'float32'));
    },
  }),
});
