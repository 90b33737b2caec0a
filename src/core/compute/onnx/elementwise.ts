/**
 * Elementwise operations: uniform numbers are computed at once, broadcasts stay lazy, neutral operands vanish.
 * One liberty is taken: x * 0 is 0 for every x, also for infinities and NaN, because gradients are full of it.
 */
import { backend_util } from '@tensorflow/tfjs-core';
import type { Graph } from './graph';
import { cast } from './shapes';
import { type Attributes, type ElementType, uniformOf, type Value } from './values';

export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  return backend_util.assertAndGetBroadcastShape([...a], [...b]);
}

export interface UnaryOptions {
  /** Default: that of x. */
  readonly dtype?: ElementType;
  readonly attributes?: Attributes;
  readonly domain?: string;
  /** The same function on one number, where it is known exactly. */
  readonly compute?: (x: number) => number;
}

export function unary(graph: Graph, op: string, x: Value, options: UnaryOptions = {}): Value {
  const { dtype = x.dtype, attributes, domain, compute } = options;
  const { origin, shape } = x;
  if (origin.kind === 'uniform') {
    if (compute) return graph.full(shape, compute(origin.value), dtype);
    if (shape.length > 0)
      return graph.expand(unary(graph, op, graph.scalar(origin.value, x.dtype), options), shape);
  }
  if (origin.kind === 'expanded') return graph.expand(unary(graph, op, origin.from, options), shape);
  return graph.emit(op, [x], { shape, dtype }, attributes, domain);
}

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
  Pow: (a, b) => a ** b,
};

/** Add, Sub, Mul, Div, Max, Min or Pow of two values of one dtype, or any other ONNX operation of two operands. */
export function binary(graph: Graph, op: string, a: Value, b: Value, dtype: ElementType = a.dtype): Value {
  const shape = broadcast(a.shape, b.shape);
  const simpler = simplified(graph, op, a, b, dtype, shape);
  if (simpler) return simpler;
  return broadcasting(graph, [a, b], shape, ([x, y], small) =>
    graph.emit(op, [x, y], { shape: small, dtype }),
  );
}

function simplified(
  graph: Graph,
  op: string,
  a: Value,
  b: Value,
  dtype: ElementType,
  shape: readonly number[],
): Value | undefined {
  const [left, right] = [uniformOf(a), uniformOf(b)];
  if (left === undefined && right === undefined) return undefined;
  const isFloat = dtype === 'float32';
  const compute = arithmetic[op];
  if (isFloat && compute && left !== undefined && right !== undefined)
    return graph.full(shape, compute(left, right), dtype);
  const keep = (x: Value) => graph.expand(x, shape);
  switch (op) {
    case 'Add':
      return right === 0 ? keep(a) : left === 0 ? keep(b) : undefined;
    case 'Sub':
      return right === 0 ? keep(a) : undefined;
    case 'Mul':
      if (left === 0 || right === 0) return graph.full(shape, 0, dtype);
      return right === 1 ? keep(a) : left === 1 ? keep(b) : undefined;
    case 'Div':
      if (right === 1) return keep(a);
      if (isFloat && right !== undefined && isNormal(1 / right))
        return binary(graph, 'Mul', a, graph.full(b.shape, 1 / right, dtype));
      return undefined;
    case 'Pow':
      if (!isFloat) return undefined;
      if (right === 0) return graph.full(shape, 1, dtype);
      if (right === 1) return keep(a);
      return right === 2 ? keep(binary(graph, 'Mul', a, a)) : undefined;
    default:
      return undefined;
  }
}

/** Whether x is a float32 of full precision. */
function isNormal(x: number): boolean {
  return Math.abs(x) >= 2 ** -126 && Math.abs(x) < 2 ** 127;
}

/** condition ? a : b, broadcasting all three. */
export function select(graph: Graph, condition: Value, a: Value, b: Value): Value {
  const shape = broadcast(broadcast(condition.shape, a.shape), b.shape);
  const known = uniformOf(condition);
  if (known !== undefined) return graph.expand(known ? a : b, shape);
  // ONNX Runtime has no Where of bools.
  if (a.dtype === 'bool') {
    const chosen = [a, b].map((value) => cast(graph, value, 'int32')) as [Value, Value];
    return cast(graph, select(graph, condition, ...chosen), 'bool');
  }
  return broadcasting(graph, [condition, a, b], shape, (operands, small) =>
    graph.emit('Where', operands, { shape: small, dtype: a.dtype }),
  );
}

/** Computes on the operands before they were broadcast, as far as that goes, and broadcasts the result lazily. */
function broadcasting(
  graph: Graph,
  operands: readonly Value[],
  shape: readonly number[],
  emit: (operands: Value[], shape: readonly number[]) => Value,
): Value {
  const loose = operands.map((operand) => graph.loose(operand));
  const small = loose.map((operand) => operand.shape).reduce(broadcast);
  return graph.expand(emit(loose, small), shape);
}
