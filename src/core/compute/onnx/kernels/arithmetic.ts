/** Elementwise operations on two or more tensors that broadcast. */
import * as tf from '@tensorflow/tfjs-core';
import { binary, broadcast, select, unary } from '../elementwise';
import type { Graph } from '../graph';
import { cast } from '../shapes';
import { uniformOf, type Value } from '../values';
import { numeric, throughFloat } from './dtypes';
import type { Kernel, KernelFamily } from './kernel';

const simple = (op: string): Kernel => {
  return ({ graph, inputs: { a, b } }) =>
    cast(graph, binary(graph, op, numeric(graph, a), numeric(graph, b)), a.dtype);
};

export const arithmetic: KernelFamily = {
  [tf.Add]: simple('Add'),
  [tf.Sub]: simple('Sub'),
  [tf.Multiply]: simple('Mul'),
  [tf.Maximum]: simple('Max'),
  [tf.Minimum]: simple('Min'),

  [tf.RealDiv]: ({ graph, inputs: { a, b } }) =>
    throughFloat(graph, a, (x) => binary(graph, 'Div', x, cast(graph, b, 'float32'))),

  [tf.Pow]: ({ graph, inputs: { a, b } }) =>
    throughFloat(graph, a, (x) => power(graph, x, cast(graph, b, 'float32'))),

  [tf.AddN]: ({ graph, list }) => list.reduce((sum, x) => binary(graph, 'Add', sum, x)),

  [tf.SquaredDifference]: ({ graph, inputs: { a, b } }) => {
    const difference = binary(graph, 'Sub', numeric(graph, a), numeric(graph, b));
    return cast(graph, binary(graph, 'Mul', difference, difference), a.dtype);
  },

  [tf.FloorDiv]: ({ graph, inputs: { a, b } }) =>
    a.dtype === 'float32'
      ? cast(graph, unary(graph, 'Floor', binary(graph, 'Div', a, b)), 'int32')
      : floorDivideIntegers(graph, numeric(graph, a), numeric(graph, b)),

  [tf.Mod]: ({ graph, inputs: { a, b } }) =>
    a.dtype === 'float32'
      ? floorRemainder(graph, a, b)
      : cast(graph, integerRemainder(graph, numeric(graph, a), numeric(graph, b)), a.dtype),

  /** The quadrant of (x, y) corrects atan(y / x). */
  [tf.Atan2]: ({ graph, inputs: { a: y, b: x } }) => {
    const zero = graph.scalar(0);
    const angle = unary(graph, 'Atan', binary(graph, 'Div', y, x));
    const isNegative = (v: Value) => binary(graph, 'Less', v, zero, 'bool');
    const isZero = (v: Value) => binary(graph, 'Equal', v, zero, 'bool');
    const halfTurn = select(graph, isNegative(y), graph.scalar(-Math.PI), graph.scalar(Math.PI));
    const turned = select(graph, isNegative(x), binary(graph, 'Add', angle, halfTurn), angle);
    const isOrigin = binary(graph, 'And', isZero(x), isZero(y), 'bool');
    return select(graph, isOrigin, zero, turned);
  },

  [tf.Prelu]: ({ graph, inputs: { x, alpha } }) => {
    const [value, slope] = [cast(graph, x, 'float32'), cast(graph, alpha, 'float32')];
    const isNegative = binary(graph, 'Less', value, graph.scalar(0), 'bool');
    return select(graph, isNegative, binary(graph, 'Mul', value, slope), value);
  },
};

/** WebGPU's Pow does not run on some operands that broadcast, so they are broadcast before. */
function power(graph: Graph, a: Value, b: Value): Value {
  if (graph.target === 'onnx-cpu' || uniformOf(a) !== undefined || uniformOf(b) !== undefined)
    return binary(graph, 'Pow', a, b);
  const shape = broadcast(a.shape, b.shape);
  const whole = (x: Value) => graph.materialise(graph.expand(x, shape));
  return binary(graph, 'Pow', whole(a), whole(b));
}

/** A division of integers by zero stops the process, so zeros are replaced first; tfjs gives 0 there. */
function divisor(graph: Graph, b: Value): { safe: Value; isZero: Value } {
  const isZero = binary(graph, 'Equal', b, graph.scalar(0, 'int32'), 'bool');
  return { safe: select(graph, isZero, graph.scalar(1, 'int32'), b), isZero };
}

/** floor(a / b) of int32: the quotient towards zero, less one where there is a remainder and the signs differ. */
function floorDivideIntegers(graph: Graph, a: Value, b: Value): Value {
  const { safe, isZero } = divisor(graph, b);
  const zero = graph.scalar(0, 'int32');
  const quotient = binary(graph, 'Div', a, safe);
  const remainder = binary(graph, 'Sub', a, binary(graph, 'Mul', quotient, safe));
  const isNegative = (v: Value) => binary(graph, 'Less', v, zero, 'bool');
  const differ = binary(graph, 'Xor', isNegative(remainder), isNegative(safe), 'bool');
  const isExact = binary(graph, 'Equal', remainder, zero, 'bool');
  const lower = binary(graph, 'Sub', quotient, graph.scalar(1, 'int32'));
  const floored = select(graph, isExact, quotient, select(graph, differ, lower, quotient));
  return select(graph, isZero, zero, floored);
}

/** The remainder of the sign of b; ONNX's integer Mod has that sign too. */
function integerRemainder(graph: Graph, a: Value, b: Value): Value {
  const { safe, isZero } = divisor(graph, b);
  return select(graph, isZero, graph.scalar(0, 'int32'), binary(graph, 'Mod', a, safe));
}

/** a - b floor(a / b) */
function floorRemainder(graph: Graph, a: Value, b: Value): Value {
  const quotient = unary(graph, 'Floor', binary(graph, 'Div', a, b));
  return binary(graph, 'Sub', a, binary(graph, 'Mul', quotient, b));
}
