/**
 * Fusions that need to know who uses a value, hence a pass over the finished graph. A product is fused into what follows
 * only if nothing else uses it: otherwise it would be computed twice.
 */
import { sizeOf } from '../runtime';
import type { Target } from './graph';
import type { FloatAttribute, Node, Value } from './values';

/** Changes `nodes` (those that are live, in order) in place. `outputs` count as users. */
export function fuse(nodes: readonly Node[], outputs: readonly Value[], target: Target): void {
  const users = new Map<Value, number>();
  const use = (value: Value) => users.set(value, (users.get(value) ?? 0) + 1);
  for (const node of nodes) for (const input of node.inputs) if (input) use(input);
  for (const output of outputs) use(output);
  for (const node of nodes) {
    if (node.op !== 'Mul' && node.op !== 'Add') continue;
    const [a, b] = node.inputs as [Value, Value];
    for (const [product, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const source = productNode(product);
      if (!source || users.get(product) !== 1) continue;
      if (sizeOf(product.shape) !== sizeOf(node.outputs[0]!.shape)) continue;
      if (node.op === 'Mul' ? fuseScale(node, source, other, target) : fuseBias(node, source, other)) break;
    }
  }
}

function productNode(value: Value): Node | undefined {
  if (value.origin.kind !== 'node') return undefined;
  const { node } = value.origin;
  const isProduct = node.op === 'MatMul' || node.op === 'Gemm' || node.op === 'FusedMatMul';
  return isProduct && value.dtype === 'float32' ? node : undefined;
}

/** (a b) s = FusedMatMul with alpha = s */
function fuseScale(node: Node, product: Node, scale: Value, target: Target): boolean {
  const factor = scalarConstant(scale);
  if (factor === undefined || target !== 'onnx-cpu' || product.inputs.length > 2) return false;
  const { transA = 0, transB = 0, alpha } = product.attributes;
  node.op = 'FusedMatMul';
  node.domain = 'com.microsoft';
  node.inputs = product.inputs.slice();
  node.attributes = { transA, transB, alpha: { float: factor * ((alpha as FloatAttribute)?.float ?? 1) } };
  return true;
}

/** a b + bias = Gemm, for matrices and a bias that is a row */
function fuseBias(node: Node, product: Node, bias: Value): boolean {
  const [a, b] = product.inputs as [Value, Value];
  const output = product.outputs[0]!;
  if (product.op === 'FusedMatMul' || product.inputs.length > 2) return false;
  if (a.shape.length !== 2 || b.shape.length !== 2) return false;
  if (node.outputs[0]!.shape.length !== 2 || bias.shape.length !== 1 || bias.shape[0] !== output.shape[1])
    return false;
  const { transA = 0, transB = 0 } = product.attributes;
  node.op = 'Gemm';
  node.inputs = [a, b, bias];
  node.attributes = { transA, transB };
  return true;
}

function scalarConstant(value: Value): number | undefined {
  if (value.origin.kind !== 'constant' || value.dtype !== 'float32' || value.shape.length > 0)
    return undefined;
  const { bytes } = value.origin;
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
}
