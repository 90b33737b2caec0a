/** Derivatives of the elementwise operations, those included whose gradient is zero. */
import * as tf from '@tensorflow/tfjs-core';
import { gelu, geluKernel } from '../../../../src/core/compute/operations/gelu';
import { drawsFrom } from '../../../support/tensors';
import { type DerivativeCase, type DerivativeCases, derivativeCase } from './case';

const draw = drawsFrom(11);

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

function unary(op: Unary, low = -2, high = 2): DerivativeCase[] {
  return [
    derivativeCase('alone', [draw.uniform([3, 4], low, high)], op),
    derivativeCase('a broadcast', [draw.uniform([3, 1], low, high)], (x) => op(tf.broadcastTo(x, [2, 3, 2]))),
  ];
}

function sameShapes(op: Binary, low = -2, high = 2): DerivativeCase[] {
  const input = (shape: readonly number[]) => draw.uniform(shape, low, high);
  return [
    derivativeCase('same shapes', [input([2, 3]), input([2, 3])], op),
    derivativeCase('with a number', [input([2, 3])], (x) => op(x, tf.scalar(0.7))),
    derivativeCase('of itself', [input([5])], (x) => op(x, tf.add(tf.square(x), 0.5))),
  ];
}

function binary(op: Binary, low = -2, high = 2): DerivativeCase[] {
  const input = (shape: readonly number[]) => draw.uniform(shape, low, high);
  return [
    ...sameShapes(op, low, high),
    derivativeCase('both broadcast', [input([2, 1, 3]), input([4, 1])], op),
    derivativeCase('with a scalar', [input([2, 3]), input([])], op),
  ];
}

/** A condition on two inputs that takes part as a factor: nothing flows through it. */
const asFactor = (op: Binary) => [
  derivativeCase('as a factor', [draw.uniform([3, 4]), draw.uniform([4])], (a, b) =>
    tf.mul(tf.sub(a, b), tf.cast(op(a, b), 'float32')),
  ),
];

const both = (op: Binary) =>
  asFactor((a, b) => op(tf.greater(a, 0), tf.broadcastTo(tf.greater(b, 0), a.shape)));

const state = (op: Unary) => [
  derivativeCase('as a factor', [draw.uniform([5])], (x) => tf.mul(tf.cast(op(x), 'float32'), tf.exp(x))),
];

export const elementwise: DerivativeCases = {
  [tf.Add]: binary(tf.add),
  [tf.Sub]: binary(tf.sub),
  [tf.Multiply]: binary(tf.mul),
  [tf.RealDiv]: [
    ...binary(tf.div, 0.4, 2),
    derivativeCase('by a number', [draw.uniform([3])], (x) => tf.div(x, 3)),
  ],
  [tf.Maximum]: sameShapes(tf.maximum),
  [tf.Minimum]: sameShapes(tf.minimum),
  [tf.Pow]: [
    ...binary(tf.pow, 0.4, 2),
    ...[1, 2, 3, 0.5].map((exponent) =>
      derivativeCase(`to the ${exponent}`, [draw.uniform([4], 0.4, 2)], (x) => tf.pow(x, exponent)),
    ),
  ],
  [tf.AddN]: [derivativeCase('three', [draw.uniform([4]), draw.uniform([4])], (a, b) => tf.addN([a, b, a]))],
  [tf.SquaredDifference]: sameShapes(tf.squaredDifference),
  [tf.FloorDiv]: asFactor((a, b) => tf.floorDiv(a, tf.add(tf.square(b), 0.2))),
  [tf.Mod]: binary(tf.mod, 0.4, 3),
  [tf.Atan2]: binary(tf.atan2, 0.3, 2),
  [tf.Prelu]: [
    derivativeCase('a slope a column', [draw.uniform([3, 4]), draw.uniform([4], 0, 1)], tf.prelu),
    derivativeCase('slopes of the same shape', [draw.uniform([5]), draw.uniform([5], 0, 1)], tf.prelu),
  ],

  [tf.Equal]: asFactor((a, b) => tf.equal(tf.round(a), tf.round(b))),
  [tf.NotEqual]: asFactor((a, b) => tf.notEqual(tf.round(a), tf.round(b))),
  [tf.Greater]: asFactor(tf.greater),
  [tf.GreaterEqual]: asFactor(tf.greaterEqual),
  [tf.Less]: asFactor(tf.less),
  [tf.LessEqual]: asFactor(tf.lessEqual),
  [tf.LogicalAnd]: both(tf.logicalAnd),
  [tf.LogicalOr]: both(tf.logicalOr),
  [tf.LogicalNot]: state((x) => tf.logicalNot(tf.greater(x, 0.3))),
  [tf.IsNan]: state(tf.isNaN),
  [tf.IsInf]: state(tf.isInf),
  [tf.IsFinite]: state(tf.isFinite),
  [tf.Select]: [
    derivativeCase('between two', [draw.uniform([3, 4]), draw.uniform([3, 4])], (a, b) =>
      tf.where(tf.greater(a, b), tf.exp(a), tf.square(b)),
    ),
    derivativeCase('broadcasting', [draw.uniform([3, 1]), draw.uniform([4])], (a, b) =>
      tf.where(tf.greater(a, b), a, b),
    ),
  ],
  [tf.Cast]: [
    ...state((x) => tf.greater(x, 0)),
    ...state((x) => tf.cast(tf.mul(x, 3), 'int32')),
    derivativeCase('to the same', [draw.uniform([4])], (x) => tf.cast(x, 'float32')),
  ].map((one, i) => ({ ...one, name: ['from bool', 'to int32 and back', 'to the same'][i]! })),

  [tf.Exp]: unary(tf.exp),
  [tf.Log]: unary(tf.log, 0.3, 3),
  [tf.Sqrt]: unary(tf.sqrt, 0.3, 3),
  [tf.Rsqrt]: unary(tf.rsqrt, 0.4, 3),
  [tf.Reciprocal]: unary(tf.reciprocal, 0.4, 3),
  [tf.Tanh]: unary(tf.tanh),
  [tf.Sigmoid]: unary(tf.sigmoid),
  [tf.Softplus]: unary(tf.softplus),
  [tf.Erf]: unary(tf.erf),
  [tf.Sin]: unary(tf.sin),
  [tf.Cos]: unary(tf.cos),
  [tf.Tan]: unary(tf.tan, -1, 1),
  [tf.Asin]: unary(tf.asin, -0.8, 0.8),
  [tf.Acos]: unary(tf.acos, -0.8, 0.8),
  [tf.Atan]: unary(tf.atan),
  [tf.Sinh]: unary(tf.sinh),
  [tf.Cosh]: unary(tf.cosh),
  [tf.Asinh]: unary(tf.asinh),
  [tf.Acosh]: unary(tf.acosh, 1.3, 3),
  [tf.Atanh]: unary(tf.atanh, -0.8, 0.8),
  [tf.Expm1]: unary(tf.expm1),
  [tf.Log1p]: unary(tf.log1p, -0.6, 2),
  [geluKernel]: unary(gelu, -3, 3),
  [tf.Neg]: unary(tf.neg),
  [tf.Abs]: unary(tf.abs),
  [tf.Square]: unary(tf.square),
  [tf.Floor]: state(tf.floor),
  [tf.Ceil]: state(tf.ceil),
  [tf.Round]: state(tf.round),
  [tf.Sign]: state(tf.sign),
  [tf.Step]: state((x) => tf.step(x, 0.3)),
  [tf.Relu]: unary(tf.relu),
  [tf.Relu6]: unary(tf.relu6, -3, 9),
  [tf.ClipByValue]: unary((x) => tf.clipByValue(x, -1, 1)),
  [tf.Elu]: unary(tf.elu),
  [tf.EluGrad]: [
    derivativeCase('both inputs', [draw.uniform([6]), draw.uniform([6], -0.9, 2)], (dy, y) =>
      tf.engine().runKernel(tf.EluGrad, { dy, y }),
    ),
  ],
  [tf.Selu]: unary(tf.selu),
  [tf.LeakyRelu]: unary((x) => tf.leakyRelu(x, 0.1)),
  [tf.Identity]: unary((x) => tf.clone(x)),
  [tf.ZerosLike]: state((x) => tf.add(tf.zerosLike(x), 2)),
  [tf.OnesLike]: state(tf.onesLike),
};
