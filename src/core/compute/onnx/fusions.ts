/**
 * Fusions that need to know who uses a value, hence a pass over the finished graph. A result is fused into what follows
 * only if nothing else uses it: otherwise it would be computed twice.
 */
import { sizeOf } from '../runtime';
import { sameShape } from '../signature';
import type { Target } from './graph';
import { type FloatAttribute, type Node, producer, type Value } from './values';

/** Changes `nodes` (those that are live, in order) in place. `outputs` count as users. */
export function fuse(nodes: readonly Node[], outputs: readonly Value[], target: Target): void {
  const users = new Map<Value, number>();
  const use = (value: Value) => users.set(value, (users.get(value) ?? 0) + 1);
  for (const node of nodes) for (const input of node.inputs) if (input) use(input);
  for (const output of outputs) use(output);
  const hasOneUser = (value: Value) => users.get(value) === 1;
  for (const node of nodes) {
    if (target === 'onnx-cpu' && isProduct(node)) fuseScaledFactors(node);
    if (node.op !== 'Mul' && node.op !== 'Add') continue;
    const [a, b] = node.inputs as [Value, Value];
    for (const [result, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (!hasOneUser(result) || result.origin.kind !== 'node') continue;
      if (sizeOf(result.shape) !== sizeOf(node.outputs[0]!.shape)) continue;
      const source = result.origin.node;
      const fused =
        node.op === 'Mul'
          ? target === 'onnx-cpu' && isProduct(source) && fuseScale(node, source, other)
          : fuseBias(node, source, other) ||
            fuseChannelBias(node, source, other) ||
            fuseAffine(node, source, other, hasOneUser);
      if (fused) break;
    }
  }
}

function isProduct({ op, outputs }: Node): boolean {
  return (op === 'MatMul' || op === 'Gemm' || op === 'FusedMatMul') && outputs[0]!.dtype === 'float32';
}

/** (a b) s = FusedMatMul with alpha = s */
function fuseScale(node: Node, product: Node, scale: Value): boolean {
  const factor = scalarConstant(scale);
  if (factor === undefined || product.inputs.length > 2) return false;
  replaceByScaled(node, product, product.inputs.slice(), factor);
  return true;
}

/** (x s) b = FusedMatMul with alpha = s, for either side */
function fuseScaledFactors(node: Node): void {
  if (node.inputs.length > 2) return;
  node.inputs.forEach((input, side) => {
    const scaling = input && producer(input, 'Mul');
    if (!scaling) return;
    const [a, b] = scaling.inputs as [Value, Value];
    for (const [x, scale] of [
      [a, b],
      [b, a],
    ] as const) {
      const factor = scalarConstant(scale);
      if (factor === undefined || !sameShape(x.shape, input.shape)) continue;
      replaceByScaled(
        node,
        node,
        node.inputs.map((other, i) => (i === side ? x : other)),
        factor,
      );
      return;
    }
  });
}

function replaceByScaled(node: Node, product: Node, inputs: Node['inputs'], factor: number): void {
  const { transA = 0, transB = 0, alpha } = product.attributes;
  const before = alpha === undefined ? 1 : (alpha as FloatAttribute).float;
  node.op = 'FusedMatMul';
  node.domain = 'com.microsoft';
  node.inputs = inputs;
  node.attributes = { transA, transB, alpha: { float: factor * before } };
}

/** a b + bias = Gemm, for matrices and a bias that is a row */
function fuseBias(node: Node, product: Node, bias: Value): boolean {
  if ((product.op !== 'MatMul' && product.op !== 'Gemm') || !isProduct(product) || product.inputs.length > 2)
    return false;
  const [a, b] = product.inputs as [Value, Value];
  const output = product.outputs[0]!;
  if (a.shape.length !== 2 || b.shape.length !== 2 || node.outputs[0]!.shape.length !== 2) return false;
  if (!sameShape(bias.shape, output.shape.slice(1))) return false;
  const { transA = 0, transB = 0 } = product.attributes;
  node.op = 'Gemm';
  node.inputs = [a, b, bias];
  node.attributes = { transA, transB };
  return true;
}

/** A convolution + a number a channel = Conv with bias; the `[c, 1, 1]` that is added must be a reshaped `[c]`. */
function fuseChannelBias(node: Node, convolution: Node, bias: Value): boolean {
  if (convolution.op !== 'Conv' || convolution.inputs.length > 2) return false;
  const channels = convolution.outputs[0]!.shape[1]!;
  const flat = producer(bias, 'Reshape')?.inputs[0];
  if (!flat || !sameShape(flat.shape, [channels]) || !sameShape(bias.shape, [channels, 1, 1])) return false;
  node.op = 'Conv';
  node.inputs = [...convolution.inputs, flat];
  node.attributes = convolution.attributes;
  return true;
}

/** normalised gamma + beta = LayerNormalization with scale gamma and bias beta */
function fuseAffine(node: Node, scaling: Node, beta: Value, hasOneUser: (value: Value) => boolean): boolean {
  if (scaling.op !== 'Mul') return false;
  const [a, b] = scaling.inputs as [Value, Value];
  for (const [normalized, gamma] of [
    [a, b],
    [b, a],
  ] as const) {
    const norm = producer(normalized, 'LayerNormalization');
    // Its second input is the scale, 1 as the kernel records it.
    if (!norm || norm.outputs[0] !== normalized || norm.inputs.length > 2 || !hasOneUser(normalized))
      continue;
    const width = normalized.shape.slice(-1);
    if (!sameShape(gamma.shape, width) || !sameShape(beta.shape, width)) continue;
    node.op = norm.op;
    node.inputs = [norm.inputs[0], gamma, beta];
    node.attributes = norm.attributes;
    return true;
  }
  return false;
}

function scalarConstant(value: Value): number | undefined {
  if (value.origin.kind !== 'constant' || value.dtype !== 'float32' || value.shape.length > 0)
    return undefined;
  const { bytes } = value.origin;
  return new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);
}
