/** Operations on one tensor, element by element. */
import * as tf from '@tensorflow/tfjs-core';
import { geluKernel } from '../../operations/gelu';
import type { DType } from '../../runtime';
import { dtypeOf, type Kernel, type KernelFamily, operation, throughFloat, throughNumeric } from './kernel';

/** Operations on floats that TensorFlow has under the name of tfjs's kernel. */
const floatNames = [
  ...[tf.Log, tf.Sqrt, tf.Rsqrt, tf.Tanh, tf.Sigmoid, tf.Softplus, tf.Erf, tf.Expm1, tf.Log1p],
  ...[tf.Sin, tf.Cos, tf.Tan, tf.Asin, tf.Acos, tf.Atan, tf.Sinh, tf.Cosh, tf.Asinh, tf.Acosh, tf.Atanh],
];
/** Those that it has for integers too. */
const numberNames = [tf.Neg, tf.Abs, tf.Square, tf.Relu, tf.Relu6];
/** They leave integers as they are. */
const roundingNames = [tf.Floor, tf.Ceil, tf.Round];
/** Questions about floats; integers are always finite. */
const questionNames = [tf.IsNan, tf.IsInf, tf.IsFinite];

const named = (names: readonly string[], kernel: (name: string) => Kernel): KernelFamily =>
  Object.fromEntries(names.map((name) => [name, kernel(name)]));

const selu = { scale: 1.0507009873554805, alpha: 1.6732632423543772 };

/** x where positive, else `otherwise(x)`. */
function positiveOr(x: tf.Tensor, otherwise: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.where(tf.greater(x, 0), x, otherwise(x)));
}

export const elementwise: KernelFamily = {
  ...named(floatNames, (name) => (call) => throughFloat(call.inputs.x!, (x) => operation(call, name, [x]))),
  ...named(
    numberNames,
    (name) => (call) => throughNumeric(call.inputs.x!, (x) => operation(call, name, [x])),
  ),
  ...named(roundingNames, (name) => (call) => {
    const x = call.inputs.x!;
    return x.dtype === 'float32' ? operation(call, name, [x]) : tf.clone(x);
  }),
  ...named(
    questionNames,
    (name) => (call) => tf.tidy(() => operation(call, name, [tf.cast(call.inputs.x!, 'float32')])),
  ),
  [tf.Exp]: (call) => tf.tidy(() => operation(call, 'Exp', [tf.cast(call.inputs.x!, 'float32')])),

  /** x Phi(x) */
  [geluKernel]: (call) => {
    const x = call.inputs.x!;
    return tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)));
  },
  /** The sign of NaN is 0 in tfjs and NaN in TensorFlow. */
  [tf.Sign]: ({ inputs }) => {
    const x = inputs.x!;
    return tf.tidy(() => {
      const positive = tf.cast(tf.greater(x, 0), 'int32');
      return tf.cast(tf.sub(positive, tf.cast(tf.less(x, 0), 'int32')), x.dtype);
    });
  },
  [tf.ClipByValue]: (({ inputs }, { clipValueMin, clipValueMax }) =>
    throughFloat(inputs.x!, (x) =>
      tf.tidy(() => tf.minimum(tf.maximum(x, clipValueMin), clipValueMax)),
    )) satisfies Kernel<tf.ClipByValueAttrs>,
  /** A division: the reciprocal of TensorFlow is rounded twice, and that of 1 may be less than 1. */
  [tf.Reciprocal]: ({ inputs }) => throughFloat(inputs.x!, (x) => tf.tidy(() => tf.div(1, x))),
  /** Near 0, TensorFlow's own lose their digits. */
  [tf.Elu]: ({ inputs }) => throughFloat(inputs.x!, (x) => positiveOr(x, (v) => tf.expm1(v))),
  [tf.Selu]: ({ inputs }) =>
    throughFloat(inputs.x!, (x) =>
      tf.tidy(() =>
        tf.mul(
          positiveOr(x, (v) => tf.mul(tf.expm1(v), selu.alpha)),
          selu.scale,
        ),
      ),
    ),
  [tf.EluGrad]: (call) => operation(call, 'EluGrad', [call.inputs.dy!, call.inputs.y!]),
  [tf.LeakyRelu]: ((call, { alpha }) =>
    tf.tidy(() =>
      operation(call, 'LeakyRelu', [tf.cast(call.inputs.x!, 'float32')], { floats: { alpha } }),
    )) satisfies Kernel<tf.LeakyReluAttrs>,
  [tf.Step]: (({ inputs }, { alpha }) => {
    const x = inputs.x!;
    return tf.tidy(() => {
      const v = tf.cast(x, 'float32');
      const step = tf.where(tf.greater(v, 0), tf.scalar(1), tf.scalar(alpha));
      return tf.cast(tf.where(tf.isNaN(v), v, step), x.dtype);
    });
  }) satisfies Kernel<tf.StepAttrs>,

  [tf.Identity]: ({ backend, inputs }) => {
    const { dataId, shape, dtype } = inputs.x!;
    backend.incRef(dataId);
    return { dataId, shape, dtype };
  },
  [tf.Cast]: ((call, { dtype }) => {
    const x = call.inputs.x!;
    if (dtype === 'string' || dtype === 'complex64')
      throw new Error(`A program cannot cast to ${dtype}: it has float32, int32 and bool.`);
    if (dtype === x.dtype) return tf.clone(x);
    const types = { SrcT: dtypeOf(x), DstT: dtype as DType };
    return call.backend.run('Cast', [x], { types, flags: { Truncate: false } })[0]!;
  }) satisfies Kernel<tf.CastAttrs>,
};
