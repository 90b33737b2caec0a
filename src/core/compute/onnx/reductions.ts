/** Sums, means and extremes over axes. */
import { sizeOf } from '../runtime';
import { sameShape } from '../signature';
import { binary } from './elementwise';
import type { Graph } from './graph';
import { aligned, repeats, reshape } from './shapes';
import { uniformOf, type Value } from './values';

export type Reduction = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd';

/** Reduces `x` over `axes` (not negative); reduced axes stay with extent 1 if `keepDims`. */
export function reduce(
  graph: Graph,
  op: Reduction,
  x: Value,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  const { dtype } = x;
  const kept = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  const shape = keepDims ? kept : kept.filter((_, axis) => !axes.includes(axis));
  const count = sizeOf(axes.map((axis) => x.shape[axis]!));
  if (count === 1) return reshape(graph, x, shape);
  const uniform = uniformOf(x);
  if (uniform !== undefined && dtype === 'float32' && count > 0) {
    if (op === 'ReduceSum') return graph.full(shape, uniform * count, dtype);
    if (op !== 'ReduceProd') return graph.full(shape, uniform, dtype);
  }
  const source = x.origin.kind === 'expanded' ? x.origin.from : x;
  if (repeats(x, source) && dtype === 'float32' && op !== 'ReduceProd' && count > 0)
    return reshape(graph, reduceExpanded(graph, op, x, source, axes), shape);
  return graph.emit(op, [x, graph.indices(axes)], { shape, dtype }, { keepdims: keepDims ? 1 : 0 });
}

/** Axes along which `x` is a broadcast of `source` need no work: a sum over n equal terms is n times one. */
function reduceExpanded(
  graph: Graph,
  op: Reduction,
  x: Value,
  source: Value,
  axes: readonly number[],
): Value {
  const full = reshape(graph, source, aligned(source.shape, x.shape.length));
  const repeated = axes.filter((axis) => full.shape[axis] !== x.shape[axis]);
  const rest = axes.filter((axis) => !repeated.includes(axis));
  const reduced = reduce(graph, op, full, rest, true);
  const times = op === 'ReduceSum' ? sizeOf(repeated.map((axis) => x.shape[axis]!)) : 1;
  const result = binary(graph, 'Mul', reduced, graph.scalar(times));
  const shape = x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  return sameShape(result.shape, shape) ? result : graph.expand(result, shape);
}
