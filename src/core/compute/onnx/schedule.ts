/** In which order ONNX Runtime runs the nodes of a model, and how much memory the values between them then need. */
import { sizeOf } from '../runtime';
import type { Node, Value } from './values';

export interface Schedule {
  /** When each node runs, from 0. */
  readonly position: ReadonlyMap<Node, number>;
  /** Bytes of the values between the nodes where they are most; inputs, constants and outputs of the model are not counted. */
  readonly peakBytes: number;
  /** The position of the node that runs there. */
  readonly peak: number;
}

/** Nodes whose output is the memory of their first input. */
const aliases: readonly string[] = ['Reshape', 'Identity'];

export function schedule(nodes: readonly Node[], outputs: readonly Value[]): Schedule {
  const order = executionOrder(nodes);
  const position = new Map(order.map((node, i) => [node, i]));
  const lastUse = new Map<Value, number>();
  order.forEach((node, i) => {
    for (const input of node.inputs) if (input) lastUse.set(memoryOf(input), i);
  });
  const kept = new Set(outputs.map(memoryOf));
  let [live, peakBytes, peak] = [0, 0, 0];
  order.forEach((node, i) => {
    const made = aliases.includes(node.op) ? [] : node.outputs.filter((value) => !kept.has(value));
    for (const value of made) live += bytesOf(value);
    if (live > peakBytes) [peakBytes, peak] = [live, i];
    for (const value of made) if (!lastUse.has(value)) live -= bytesOf(value);
    const read = new Set(node.inputs.flatMap((input) => (input ? [memoryOf(input)] : [])));
    for (const value of read)
      if (value.origin.kind === 'node' && !kept.has(value) && lastUse.get(value) === i)
        live -= bytesOf(value);
  });
  return { position, peakBytes, peak };
}

/**
 * `nodes` in an order in which the results that the fewest steps lead to come first when ONNX Runtime runs them: in a backward pass the
 * gradients of the last layer, so that what they are made of is not kept until the first layer has its own.
 */
export function nearestResultsFirst(nodes: readonly Node[]): Node[] {
  const isRead = new Set(nodes.flatMap(({ inputs }) => inputs.flatMap((input) => (input ? [input] : []))));
  const isResult = (node: Node): boolean => !node.outputs.some((output) => isRead.has(output));
  const depths = new Map<Node, number>();
  for (const node of nodes) {
    const before = node.inputs.map((input) =>
      input?.origin.kind === 'node' ? depths.get(input.origin.node)! : 0,
    );
    depths.set(node, 1 + Math.max(0, ...before));
  }
  const results = nodes.filter(isResult).sort((a, b) => depths.get(b)! - depths.get(a)!);
  return [...nodes.filter((node) => !isResult(node)), ...results];
}

/** As if every element were a float32, as those of nearly all large values are. */
export function bytesOf(value: Value): number {
  return 4 * sizeOf(value.shape);
}

function memoryOf(value: Value): Value {
  const { origin } = value;
  return origin.kind === 'node' && aliases.includes(origin.node.op)
    ? memoryOf(origin.node.inputs[0]!)
    : value;
}

/**
 * ONNX Runtime walks back from the nodes that nothing reads, the last one first, and from every node to the last recorded of its
 * inputs first (`GraphViewer`): a node runs when the first that needs it is reached.
 */
function executionOrder(nodes: readonly Node[]): Node[] {
  const index = new Map(nodes.map((node, i) => [node, i]));
  const sources = nodes.map(({ inputs }) => {
    const producers = inputs.flatMap((input) => (input?.origin.kind === 'node' ? [input.origin.node] : []));
    return [...new Set(producers)].sort((a, b) => index.get(a)! - index.get(b)!);
  });
  const isRead = new Set(sources.flat());
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack = nodes.filter((node) => !isRead.has(node)).map((node) => ({ node, done: false }));
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { node, done } = next;
    if (done) order.push(node);
    else if (!seen.has(node)) {
      seen.add(node);
      stack.push({ node, done: true });
      for (const source of sources[index.get(node)!]!)
        if (!seen.has(source)) stack.push({ node: source, done: false });
    }
  }
  return order;
}
