/** Turns a recorded graph into a model: keeps what the outputs need, fuses, saves memory, names everything, encodes. */
import { encodeModel, type ModelNode } from './encode';
import { fuse } from './fusions';
import type { Graph } from './graph';
import { recompute } from './recompute';
import { nearestResultsFirst } from './schedule';
import type { Node, Value } from './values';

export interface FinishedModel {
  readonly bytes: Uint8Array;
  /** Names of `graph.inputs`; undefined for those that no output depends on, which the model does not have. */
  readonly inputs: readonly (string | undefined)[];
  /** Names of the outputs asked for, in their order. */
  readonly outputs: readonly string[];
  readonly nodes: readonly ModelNode[];
}

export function finish(graph: Graph, outputs: readonly Value[], recomputeFrom: number): FinishedModel {
  const results = outputs.map((output) => graph.materialise(output));
  fuse(liveNodes(graph, results).nodes, results, graph.target);
  recompute(graph, liveNodes(graph, results).nodes, results, recomputeFrom);
  const { nodes, constants, used } = liveNodes(graph, results);

  const names = new Map<Value, string>();
  const copies: ModelNode[] = [];
  const outputNames = results.map((result, i) => {
    const name = `output${i}`;
    if (result.origin.kind === 'node' && !names.has(result)) names.set(result, name);
    // An input, a constant, or one value asked for twice: an output of its own all the same.
    else
      copies.push({ op: 'Identity', domain: '', inputs: [nameOf(result)], outputs: [name], attributes: {} });
    return name;
  });
  function nameOf(value: Value | undefined): string {
    return value === undefined ? '' : (names.get(value) ?? `value${value.id}`);
  }
  const inputs = graph.inputs.map((input) => (used.has(input) ? nameOf(input) : undefined));
  const modelNodes: ModelNode[] = nodes.map((node) => ({
    op: node.op,
    domain: node.domain,
    attributes: node.attributes,
    inputs: node.inputs.map(nameOf),
    outputs: neededOutputs(node, used).map(nameOf),
  }));
  modelNodes.push(...copies);
  const bytes = encodeModel({
    nodes: modelNodes,
    constants: constants.map((value) => ({ ...value, name: nameOf(value), bytes: bytesOf(value) })),
    inputs: graph.inputs
      .filter((input) => used.has(input))
      .map((input) => ({ ...input, name: nameOf(input) })),
    outputs: results.map((result, i) => ({ ...result, name: outputNames[i]! })),
  });
  return { bytes, inputs, outputs: outputNames, nodes: modelNodes };
}

/** A MaxPool that need not say where the maxima are is ten times as fast. */
function neededOutputs({ op, outputs }: Node, used: ReadonlySet<Value>): readonly Value[] {
  return op === 'MaxPool' && outputs[1] && !used.has(outputs[1]) ? outputs.slice(0, 1) : outputs;
}

function bytesOf(value: Value): Uint8Array {
  if (value.origin.kind !== 'constant') throw new Error('Only constants have bytes.');
  return value.origin.bytes;
}

interface Live {
  /** Each behind those that it reads. */
  readonly nodes: readonly Node[];
  readonly constants: readonly Value[];
  /** Every value that a live node or an output reads. */
  readonly used: ReadonlySet<Value>;
}

function liveNodes(graph: Graph, results: readonly Value[]): Live {
  const live = new Set<Node>();
  const used = new Set<Value>();
  const pending = [...results];
  for (let value = pending.pop(); value; value = pending.pop()) {
    if (used.has(value)) continue;
    used.add(value);
    if (value.origin.kind !== 'node' || live.has(value.origin.node)) continue;
    live.add(value.origin.node);
    for (const input of value.origin.node.inputs) if (input) pending.push(input);
  }
  return {
    nodes: nearestResultsFirst(graph.nodes.filter((node) => live.has(node))),
    constants: [...used].filter((value) => value.origin.kind === 'constant'),
    used,
  };
}
