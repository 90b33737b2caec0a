/** Matrix products. A transpose that only feeds a product becomes part of it. */
import { broadcast } from './elementwise';
import type { Graph } from './graph';
import { transpose } from './shapes';
import { type Node, producer, type Value } from './values';

/** One side of a product: the last two axes of `value`, swapped if `transposed`. */
interface Side {
  readonly value: Value;
  readonly transposed: boolean;
}

/** op(a) op(b) over the last two axes, the others broadcast; op transposes where asked. */
export function matmul(graph: Graph, a: Value, b: Value, transposeA: boolean, transposeB: boolean): Value {
  const left = peeled({ value: graph.materialise(a), transposed: transposeA });
  const right = peeled({ value: graph.materialise(b), transposed: transposeB });
  const shape = [
    ...broadcast(left.value.shape.slice(0, -2), right.value.shape.slice(0, -2)),
    extents(left)[0],
    extents(right)[1],
  ];
  const output = { shape, dtype: a.dtype };
  const inputs = [left.value, right.value];
  // Gemm and FusedMatMul are for floats only.
  if (a.dtype !== 'float32' || (!left.transposed && !right.transposed))
    return graph.emit('MatMul', [plain(graph, left), plain(graph, right)], output);
  const attributes = { transA: Number(left.transposed), transB: Number(right.transposed) };
  if (left.value.shape.length === 2 && right.value.shape.length === 2)
    return graph.emit('Gemm', inputs, output, attributes);
  if (graph.target === 'onnx-cpu')
    return graph.emit('FusedMatMul', inputs, output, { ...attributes, alpha: { float: 1 } }, 'com.microsoft');
  return graph.emit('MatMul', [plain(graph, left), plain(graph, right)], output);
}

function extents({ value, transposed }: Side): [rows: number, columns: number] {
  const [rows, columns] = value.shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function peeled(side: Side): Side {
  const node = producer(side.value, 'Transpose');
  return node && swapsLastTwo(node) ? { value: node.inputs[0]!, transposed: !side.transposed } : side;
}

function swapsLastTwo(node: Node): boolean {
  const permutation = node.attributes.perm as readonly number[];
  const swapped = lastTwoSwapped(permutation.length);
  return permutation.every((axis, i) => axis === swapped[i]);
}

function plain(graph: Graph, { value, transposed }: Side): Value {
  return transposed ? transpose(graph, value, lastTwoSwapped(value.shape.length)) : value;
}

function lastTwoSwapped(rank: number): number[] {
  const axes = [...Array(rank).keys()];
  return [...axes.slice(0, -2), rank - 1, rank - 2];
}
