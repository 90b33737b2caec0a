/** Cases of the elementwise operations on one tensor. */
import * as tf from '@tensorflow/tfjs-core';
import { gelu, geluKernel } from '../../../../src/core/compute/operations/gelu';
import { drawsFrom, floats } from '../../../support/tensors';
import { type KernelCase, type KernelCases, kernelCase } from './case';

const draw = drawsFrom(3);

type Unary = (x: tf.Tensor) => tf.Tensor;

function ofFloats(op: Unary, low: number, high: number): KernelCase[] {
  return [
    ...[1, 2, 3, 4].map((rank) => {
      const shape = draw.shape(rank);
      return kernelCase(`float32 [${shape}]`, [draw.uniform(shape, low, high)], op);
    }),
    kernelCase('many values', [draw.uniform([200], low, high)], op),
    kernelCase('a scalar', [draw.uniform([], low, high)], op),
    kernelCase('no element', [draw.uniform([2, 0], low, high)], op),
    kernelCase('a broadcast', [draw.uniform([3, 1], low, high)], (x) => op(tf.broadcastTo(x, [2, 3, 4]))),
    kernelCase('a number', [], () => op(tf.fill([2, 2], (low + high) / 2 + 0.125))),
  ];
}

/** Integers that are in the domain too. */
function numbers(op: Unary, low: number, high: number): KernelCase[] {
  const integers = draw.integers([12], Math.ceil(low), Math.floor(high) + 1);
  return [...ofFloats(op, low, high), kernelCase('int32', [integers], op)];
}

/** Bools too; where the result of tfjs would be a bool of neither 0 nor 1, there is nothing to compare. */
function everything(op: Unary, low: number, high: number): KernelCase[] {
  return [...numbers(op, low, high), kernelCase('bool', [draw.bools([7])], op)];
}

const extremeValues = [0, -0, 1e-30, -1e-30, 1e30, -1e30, Infinity, -Infinity, Number.NaN];

const extremes = (op: Unary, absolute = 1e-36) =>
  kernelCase('tiny, huge, infinite and NaN', [floats([extremeValues.length], extremeValues)], op, {
    tolerance: { relative: 2e-5, absolute },
    extreme: true,
  });

/** tfjs's own result of a tiny number is off by so much. */
const imprecise = 1e-7;

/** Near 0 the naive formula loses all digits, hence a relative tolerance. */
const nearZero = (op: Unary) =>
  kernelCase('near zero', [floats([4], [1e-7, -1e-5, 1e-3, -0.1])], op, { tolerance: { relative: 2e-5 } });

const halves = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5];

export const unary: KernelCases = {
  [tf.Exp]: [...everything(tf.exp, -3, 3), extremes(tf.exp)],
  [tf.Log]: [...ofFloats(tf.log, 0.1, 4), extremes(tf.log)],
  [tf.Sqrt]: [...ofFloats(tf.sqrt, 0, 4), extremes(tf.sqrt)],
  [tf.Rsqrt]: [...ofFloats(tf.rsqrt, 0.1, 4), extremes(tf.rsqrt)],
  [tf.Reciprocal]: [...numbers(tf.reciprocal, 0.2, 4), extremes(tf.reciprocal)],
  [tf.Tanh]: [...ofFloats(tf.tanh, -4, 4), extremes(tf.tanh)],
  [tf.Sigmoid]: [...ofFloats(tf.sigmoid, -6, 6), extremes(tf.sigmoid)],
  [tf.Softplus]: [...numbers(tf.softplus, -6, 6), extremes(tf.softplus)],
  [tf.Erf]: [...numbers(tf.erf, -3, 3), extremes(tf.erf, imprecise)],
  [tf.Sin]: ofFloats(tf.sin, -6, 6),
  [tf.Cos]: ofFloats(tf.cos, -6, 6),
  [tf.Tan]: ofFloats(tf.tan, -1.4, 1.4),
  [tf.Asin]: numbers(tf.asin, -0.95, 0.95),
  [tf.Acos]: numbers(tf.acos, -0.95, 0.95),
  [tf.Atan]: numbers(tf.atan, -4, 4),
  [tf.Sinh]: numbers(tf.sinh, -3, 3),
  [tf.Cosh]: ofFloats(tf.cosh, -3, 3),
  [tf.Asinh]: numbers(tf.asinh, -4, 4),
  [tf.Acosh]: ofFloats(tf.acosh, 1.1, 5),
  [tf.Atanh]: ofFloats(tf.atanh, -0.95, 0.95),
  [tf.Expm1]: [...numbers(tf.expm1, -3, 3), nearZero(tf.expm1), extremes(tf.expm1)],
  [tf.Log1p]: [...numbers(tf.log1p, -0.8, 4), nearZero(tf.log1p), extremes(tf.log1p)],
  [geluKernel]: [...ofFloats(gelu, -4, 4)],

  [tf.Neg]: [...everything(tf.neg, -5, 5), extremes(tf.neg)],
  [tf.Abs]: [...everything(tf.abs, -5, 5), extremes(tf.abs)],
  [tf.Square]: [...everything(tf.square, -5, 5), extremes(tf.square)],
  [tf.Floor]: [...ofFloats(tf.floor, -5, 5), extremes(tf.floor)],
  [tf.Ceil]: [...ofFloats(tf.ceil, -5, 5), extremes(tf.ceil)],
  [tf.Round]: [
    ...everything(tf.round, -5, 5),
    kernelCase('halves', [floats([7], halves)], tf.round),
    extremes(tf.round),
  ],
  [tf.Sign]: [...everything(tf.sign, -5, 5), extremes(tf.sign)],
  [tf.Relu]: [...everything(tf.relu, -5, 5), extremes(tf.relu)],
  [tf.Relu6]: [...everything(tf.relu6, -3, 9), extremes(tf.relu6)],
  [tf.ClipByValue]: [
    ...everything((x) => tf.clipByValue(x, -1, 2), -5, 5),
    extremes((x) => tf.clipByValue(x, -1, 2)),
  ],
  [tf.Elu]: [...ofFloats(tf.elu, -4, 4), nearZero(tf.elu), extremes(tf.elu, imprecise)],
  [tf.EluGrad]: [
    kernelCase('float32', [draw.uniform([3, 4]), draw.uniform([3, 4], -1, 2)], (dy, y) =>
      tf.engine().runKernel(tf.EluGrad, { dy, y }),
    ),
  ],
  [tf.Selu]: [...numbers(tf.selu, -4, 4), extremes(tf.selu, imprecise)],
  [tf.LeakyRelu]: [...everything((x) => tf.leakyRelu(x, 0.1), -4, 4), extremes((x) => tf.leakyRelu(x, 0.1))],
  [tf.Step]: [
    ...everything((x) => tf.step(x), -4, 4),
    kernelCase('a slope', [draw.uniform([9])], (x) => tf.step(x, 0.3)),
    extremes((x) => tf.step(x, 0.5)),
  ],

  [tf.IsNan]: [...everything(tf.isNaN, -5, 5), extremes(tf.isNaN)],
  [tf.IsInf]: [...everything(tf.isInf, -5, 5), extremes(tf.isInf)],
  [tf.IsFinite]: [...everything(tf.isFinite, -5, 5), extremes(tf.isFinite)],

  [tf.Identity]: [...everything((x) => tf.clone(x), -5, 5), extremes((x) => tf.clone(x))],
  [tf.Cast]: [
    ...(['float32', 'int32', 'bool'] as const).flatMap((dtype) =>
      everything((x) => tf.cast(x, dtype), -3, 3).map((one) => ({ ...one, name: `${one.name} to ${dtype}` })),
    ),
  ],
};
