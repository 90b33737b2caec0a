/** ONNX operations are mostly for floats; tfjs allows its kernels more. These helpers bridge the two. */
import type { Graph } from '../graph';
import { cast } from '../shapes';
import type { Value } from '../values';

/** `x`, or what can be added and compared in its place: tfjs counts with bools, ONNX does not. */
export function numeric(graph: Graph, x: Value): Value {
  return x.dtype === 'bool' ? cast(graph, x, 'int32') : x;
}

/** Computes in float32 and gives back the dtype of `x`, as tfjs's own kernels do when they store into its array. */
export function throughFloat(graph: Graph, x: Value, compute: (x: Value) => Value): Value {
  return cast(graph, compute(cast(graph, x, 'float32')), x.dtype);
}

/** Computes on int32 in place of bool and gives back the dtype of `x`. */
export function throughNumeric(graph: Graph, x: Value, compute: (x: Value) => Value): Value {
  return cast(graph, compute(numeric(graph, x)), x.dtype);
}
