/**
 * Computes cheap values a second time instead of keeping them. A training step needs most memory where the forward pass ends; what
 * the backward pass needs again, and can make with a pass over something that is kept anyway, need not be kept until then: the
 * output of a GELU beside its input, a scaled and shifted norm beside the norm.
 */
import type { Graph } from './graph';
import { bytesOf, schedule } from './schedule';
import type { Node, Value } from './values';

/** Programs that need less memory than this between their nodes are better off faster. */
export const manyBytes = 128 * 2 ** 20;

/** Nodes that make one pass over their inputs. */
const cheap: readonly string[] = ['Add', 'Sub', 'Mul', 'Max', 'Min', 'Relu', 'Clip', 'Gelu'];

/** A value is made again by at most this many nodes. */
const mostNodes = 2;

/** An input that is so much smaller than what is made of it may be kept for that alone. */
const smallPart = 1 / 16;

/**
 * Changes `graph`, of which `nodes` (in order) are live, in place, if it needs at least `fromBytes` between its nodes. `outputs` are
 * those of the program.
 */
export function recompute(
  graph: Graph,
  nodes: readonly Node[],
  outputs: readonly Value[],
  fromBytes: number,
): void {
  const { position, peakBytes, peak } = schedule(nodes, outputs);
  if (peakBytes < fromBytes) return;
  const readLate = new Set<Value>();
  const returned = new Set(outputs);
  const runsLate = (node: Node): boolean => position.get(node)! > peak;
  for (const node of nodes)
    if (runsLate(node)) for (const input of node.inputs) if (input) readLate.add(input);

  /** How many nodes make `value` again after the peak from what is there then; infinity if it cannot be made. */
  const nodesToMake = (value: Value, limit: number): number => {
    const { origin } = value;
    if (origin.kind !== 'node' || limit === 0 || returned.has(value)) return Number.POSITIVE_INFINITY;
    if (runsLate(origin.node) || !cheap.includes(origin.node.op)) return Number.POSITIVE_INFINITY;
    return origin.node.inputs.reduce((sum, input) => {
      if (!input || isThere(input, value)) return sum;
      return sum + nodesToMake(input, limit - 1);
    }, 1);
  };
  const isThere = (input: Value, of: Value): boolean =>
    input.origin.kind !== 'node' || bytesOf(input) <= smallPart * bytesOf(of) || staysLate(input);
  const stays = new Map<Value, boolean>();
  const staysLate = (value: Value): boolean => {
    const known = stays.get(value);
    if (known !== undefined) return known;
    const result = returned.has(value) || (readLate.has(value) && nodesToMake(value, mostNodes) > mostNodes);
    stays.set(value, result);
    return result;
  };

  const copies = new Map<Value, Value>();
  const copyOf = (value: Value): Value => {
    const known = copies.get(value);
    if (known || value.origin.kind !== 'node') return known ?? value;
    const { node } = value.origin;
    const inputs = node.inputs.map((input) => input && (isThere(input, value) ? input : copyOf(input)));
    const copy = graph.repeat(node, inputs);
    copies.set(value, copy);
    return copy;
  };
  for (const node of nodes) {
    if (!runsLate(node)) continue;
    node.inputs = node.inputs.map((input) =>
      input && nodesToMake(input, mostNodes) <= mostNodes ? copyOf(input) : input,
    );
  }
}
