/**
 * Repairs the order of tfjs's gradient tape. For a kernel that saves its output, tfjs 4.22 records the clone of the saved
 * output before the kernel itself. The reverse pass walks the tape backwards and visits a kernel only once, so in a second
 * reverse pass it reaches such a kernel before the gradient of its saved output has arrived, and loses that term: Hessians
 * are wrong without an error (by 1 to 25 % for a transformer). Here those clones are moved behind their kernel.
 *
 * Imported for its effect. Tested on the pinned version only, hence the check.
 */
import * as tf from '@tensorflow/tfjs-core';

const testedVersion = '4.22.0';
if (tf.version_core !== testedVersion) {
  throw new Error(
    `The tape repair was tested with @tensorflow/tfjs-core ${testedVersion}, ${tf.version_core} is installed: run its tests and raise the version in tape.ts.`,
  );
}

interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
}

/** The members of tfjs's Engine that the repair needs; `addTapeNode` is private in its types. */
interface EngineWithTape {
  readonly state: { activeTape: TapeNode[] };
  addTapeNode(
    kernelName: string,
    inputs: Readonly<Record<string, tf.Tensor>>,
    outputs: readonly tf.Tensor[],
    gradient: unknown,
    saved: readonly tf.Tensor[],
    attributes: unknown,
  ): void;
}

const engine = tf.engine() as unknown as EngineWithTape;
const addTapeNode = engine.addTapeNode;

engine.addTapeNode = function (
  this: EngineWithTape,
  kernelName,
  inputs,
  outputs,
  gradient,
  saved,
  attributes,
) {
  addTapeNode.call(this, kernelName, inputs, outputs, gradient, saved, attributes);
  const tape = this.state.activeTape;
  const outputIds = new Set(outputs.map((tensor) => tensor.id));
  const savedIds = new Set(saved.map((tensor) => tensor.id));
  // The clones were made inside this very call, so they stand right before the node.
  let first = tape.length - 1;
  while (first > 0 && tape[first - 1]!.outputs.some((tensor) => savedIds.has(tensor.id))) first--;
  const clones = tape.slice(first, -1);
  const ofOutputs = (node: TapeNode) => Object.values(node.inputs).some((tensor) => outputIds.has(tensor.id));
  const late = clones.filter(ofOutputs);
  if (late.length === 0) return;
  const node = tape[tape.length - 1]!;
  tape.splice(first, clones.length + 1, ...clones.filter((clone) => !ofOutputs(clone)), node, ...late);
};
