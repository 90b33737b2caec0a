/** Elementwise operations on one tensor. */
import * as tf from '@tensorflow/tfjs-core';
import { geluKernel } from '../../operations/gelu';
import type { DType } from '../../runtime';
import { binary, unary as emitUnary, select } from '../elementwise';
import type { Graph } from '../graph';
import { cast } from '../shapes';
import type { Value } from '../values';
import { numeric, throughFloat, throughNumeric } from './dtypes';
import type { Kernel, KernelFamily } from './kernel';

/** One ONNX operation on floats. */
const float = (op: string, compute?: (x: number) => number): Kernel => {
  return ({ graph, inputs: { x } }) => throughFloat(graph, x, (v) => emitUnary(graph, op, v, { compute }));
};

/** Operations that ONNX has for integers too. */
const number = (op: string, compute?: (x: number) => number): Kernel => {
  return ({ graph, inputs: { x } }) => throughNumeric(graph, x, (v) => emitUnary(graph, op, v, { compute }));
};

/** Leaves integers as they are. */
const rounding = (op: string, compute?: (x: number) => number): Kernel => {
  return ({ graph, inputs: { x } }) => (x.dtype === 'float32' ? emitUnary(graph, op, x, { compute }) : x);
};

const zero = (graph: Graph, like: Value) => graph.scalar(0, like.dtype);
const isPositive = (graph: Graph, x: Value) => binary(graph, 'Greater', x, zero(graph, x), 'bool');

function clamp(graph: Graph, x: Value, low: number, high: number): Value {
  const bounded = binary(graph, 'Max', x, graph.scalar(low, x.dtype));
  return binary(graph, 'Min', bounded, graph.scalar(high, x.dtype));
}

/** x where positive, else `otherwise`. */
function wherePositive(graph: Graph, x: Value, otherwise: Value): Value {
  return select(graph, isPositive(graph, x), x, otherwise);
}

function exponentialMinusOne(graph: Graph, x: Value): Value {
  // Near 0, exp(x) - 1 loses its digits; 2 tanh(x/2) / (1 - tanh(x/2)) is the same and does not.
  const half = emitUnary(graph, 'Tanh', binary(graph, 'Mul', x, graph.scalar(0.5)));
  const one = graph.scalar(1);
  const near = binary(graph, 'Div', binary(graph, 'Add', half, half), binary(graph, 'Sub', one, half));
  const far = binary(graph, 'Sub', emitUnary(graph, 'Exp', x), one);
  const isNear = binary(graph, 'Less', emitUnary(graph, 'Abs', x), graph.scalar(0.5), 'bool');
  return select(graph, isNear, near, far);
}

function logarithmOfOnePlus(graph: Graph, x: Value): Value {
  // log(u) x / (u - 1) with u = 1 + x rounded has full precision near 0 (Goldberg, 1991).
  const one = graph.scalar(1);
  const u = binary(graph, 'Add', x, one);
  const rest = binary(graph, 'Sub', u, one);
  const isLost = binary(graph, 'Equal', rest, graph.scalar(0), 'bool');
  const quotient = binary(graph, 'Div', x, select(graph, isLost, one, rest));
  const isInfinite = binary(graph, 'Equal', u, graph.scalar(Number.POSITIVE_INFINITY), 'bool');
  const logarithm = emitUnary(graph, 'Log', u);
  return select(graph, isLost, x, select(graph, isInfinite, u, binary(graph, 'Mul', logarithm, quotient)));
}

const selu = { scale: 1.0507009873554805, scaleAlpha: 1.7580993408473768 };

export const unary: KernelFamily = {
  [tf.Exp]: ({ graph, inputs: { x } }) =>
    emitUnary(graph, 'Exp', cast(graph, x, 'float32'), { compute: Math.exp }),
  [tf.Log]: float('Log', Math.log),
  [tf.Sqrt]: float('Sqrt', Math.sqrt),
  [tf.Rsqrt]: ({ graph, inputs: { x } }) =>
    throughFloat(graph, x, (v) =>
      emitUnary(graph, 'Reciprocal', emitUnary(graph, 'Sqrt', v, { compute: Math.sqrt }), {
        compute: (value) => 1 / value,
      }),
    ),
  [tf.Reciprocal]: float('Reciprocal', (x) => 1 / x),
  [tf.Tanh]: float('Tanh', Math.tanh),
  [tf.Sigmoid]: float('Sigmoid'),
  [tf.Softplus]: float('Softplus'),
  [tf.Erf]: float('Erf'),
  [tf.Sin]: float('Sin', Math.sin),
  [tf.Cos]: float('Cos', Math.cos),
  [tf.Tan]: float('Tan', Math.tan),
  [tf.Asin]: float('Asin'),
  [tf.Acos]: float('Acos'),
  [tf.Atan]: float('Atan'),
  [tf.Sinh]: float('Sinh'),
  [tf.Cosh]: float('Cosh'),
  [tf.Asinh]: float('Asinh'),
  [tf.Acosh]: float('Acosh'),
  [tf.Atanh]: float('Atanh'),
  [tf.Expm1]: ({ graph, inputs: { x } }) => throughFloat(graph, x, (v) => exponentialMinusOne(graph, v)),
  [tf.Log1p]: ({ graph, inputs: { x } }) => throughFloat(graph, x, (v) => logarithmOfOnePlus(graph, v)),
  [geluKernel]: ({ graph, inputs: { x } }) => emitUnary(graph, 'Gelu', x, { domain: 'com.microsoft' }),

  [tf.Neg]: number('Neg', (x) => -x),
  [tf.Abs]: number('Abs', Math.abs),
  [tf.Square]: ({ graph, inputs: { x } }) => throughNumeric(graph, x, (v) => binary(graph, 'Mul', v, v)),
  [tf.Floor]: rounding('Floor', Math.floor),
  [tf.Ceil]: rounding('Ceil', Math.ceil),
  /** Halves to even, in tfjs as in ONNX. */
  [tf.Round]: ({ graph, inputs: { x } }) => {
    if (x.dtype !== 'float32') return x;
    return graph.target === 'onnx-cpu' ? emitUnary(graph, 'Round', x) : roundByFloor(graph, x);
  },
  /** The sign as a difference of comparisons: WebGPU has no Sign. NaN gives 0, as in tfjs. */
  [tf.Sign]: ({ graph, inputs: { x } }) => {
    const v = numeric(graph, x);
    const isNegative = binary(graph, 'Less', v, zero(graph, v), 'bool');
    const sign = binary(
      graph,
      'Sub',
      cast(graph, isPositive(graph, v), 'int32'),
      cast(graph, isNegative, 'int32'),
    );
    return cast(graph, sign, x.dtype);
  },

  [tf.Relu]: ({ graph, inputs: { x } }) =>
    x.dtype === 'float32'
      ? emitUnary(graph, 'Relu', x, { compute: (value) => Math.max(0, value) })
      : throughNumeric(graph, x, (v) => binary(graph, 'Max', v, zero(graph, v))),
  [tf.Relu6]: ({ graph, inputs: { x } }) => throughNumeric(graph, x, (v) => clamp(graph, v, 0, 6)),
  [tf.ClipByValue]: (({ graph, inputs: { x } }, { clipValueMin, clipValueMax }) =>
    throughFloat(graph, x, (v) =>
      clamp(graph, v, clipValueMin, clipValueMax),
    )) satisfies Kernel<tf.ClipByValueAttrs>,
  [tf.Elu]: ({ graph, inputs: { x } }) =>
    throughFloat(graph, x, (v) => wherePositive(graph, v, exponentialMinusOne(graph, v))),
  [tf.EluGrad]: ({ graph, inputs: { dy, y } }) => {
    const isBelow = binary(graph, 'Less', y, graph.scalar(0), 'bool');
    const slope = binary(graph, 'Add', y, graph.scalar(1));
    return select(graph, isBelow, binary(graph, 'Mul', dy, slope), dy);
  },
  [tf.Selu]: ({ graph, inputs: { x } }) =>
    throughFloat(graph, x, (v) =>
      select(
        graph,
        isPositive(graph, v),
        binary(graph, 'Mul', v, graph.scalar(selu.scale)),
        binary(graph, 'Mul', exponentialMinusOne(graph, v), graph.scalar(selu.scaleAlpha)),
      ),
    ),
  [tf.LeakyRelu]: (({ graph, inputs: { x } }, { alpha }) => {
    const v = cast(graph, x, 'float32');
    return wherePositive(graph, v, binary(graph, 'Mul', v, graph.scalar(alpha)));
  }) satisfies Kernel<tf.LeakyReluAttrs>,
  [tf.Step]: (({ graph, inputs: { x } }, { alpha }) => {
    const v = cast(graph, x, 'float32');
    const step = select(graph, isPositive(graph, v), graph.scalar(1), graph.scalar(alpha));
    const isNumber = binary(graph, 'Equal', v, v, 'bool');
    return cast(graph, select(graph, isNumber, step, v), x.dtype);
  }) satisfies Kernel<tf.StepAttrs>,

  [tf.IsNan]: ({ graph, inputs: { x } }) => {
    const v = cast(graph, x, 'float32');
    return emitUnary(graph, 'Not', binary(graph, 'Equal', v, v, 'bool'), { compute: (value) => 1 - value });
  },
  [tf.IsInf]: ({ graph, inputs: { x } }) => {
    const magnitude = emitUnary(graph, 'Abs', cast(graph, x, 'float32'), { compute: Math.abs });
    return binary(graph, 'Equal', magnitude, graph.scalar(Number.POSITIVE_INFINITY), 'bool');
  },
  [tf.IsFinite]: ({ graph, inputs: { x } }) => {
    const magnitude = emitUnary(graph, 'Abs', cast(graph, x, 'float32'), { compute: Math.abs });
    return binary(graph, 'Less', magnitude, graph.scalar(Number.POSITIVE_INFINITY), 'bool');
  },

  [tf.Identity]: ({ inputs: { x } }) => x,
  [tf.Cast]: (({ graph, inputs: { x } }, { dtype }) => {
    if (dtype === 'string' || dtype === 'complex64')
      throw new Error(`A program cannot cast to ${dtype}: it has float32, int32 and bool.`);
    return cast(graph, x, dtype as DType);
  }) satisfies Kernel<tf.CastAttrs>,
};

/** Round to nearest, halves to even, of floor alone: WebGPU has no Round. */
function roundByFloor(graph: Graph, x: Value): Value {
  const lower = emitUnary(graph, 'Floor', x);
  const fraction = binary(graph, 'Sub', x, lower);
  const upper = binary(graph, 'Add', lower, graph.scalar(1));
  const halved = binary(graph, 'Mul', lower, graph.scalar(0.5));
  const isEven = binary(graph, 'Equal', halved, emitUnary(graph, 'Floor', halved), 'bool');
  const half = graph.scalar(0.5);
  const atHalf = select(graph, isEven, lower, upper);
  const isBelow = binary(graph, 'Less', fraction, half, 'bool');
  const isAbove = binary(graph, 'Greater', fraction, half, 'bool');
  return select(graph, isBelow, lower, select(graph, isAbove, upper, atHalf));
}
