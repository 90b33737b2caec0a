/** Traces a program function: runs it once on tensors that have no values, and keeps what it would have computed. */
import '../gradients';
import '../tape';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../backend';
import {
  type DType,
  type Group,
  type Groups,
  type HostTensor,
  mapGroups,
  type ProgramFunction,
  type Signature,
  type TensorSpec,
} from '../runtime';
import type { ModelNode } from './encode';
import { finish } from './finish';
import { Graph, type Target } from './graph';
import { manyBytes } from './recompute';
import { Recording, record, traceBackendName } from './traceBackend';
import type { Value } from './values';

/** An input or output of the program and its name in the model. */
export interface Port extends TensorSpec {
  readonly group: string;
  readonly name: string;
  readonly modelName: string;
}

export interface Trace {
  /** An ONNX model. */
  readonly model: Uint8Array;
  /** Only inputs that some output depends on: the model has no others. */
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Tensors that the function used without them being inputs, by their name in the model. */
  readonly captured: Group<HostTensor>;
  readonly nodes: readonly ModelNode[];
}

/**
 * Synchronous, so that two traces cannot mix; the tfjs backend in force before is put back. From `recomputeFrom` bytes between its
 * nodes on, a program makes cheap values twice instead of keeping them.
 */
export function trace(
  fn: ProgramFunction,
  signature: Signature,
  target: Target,
  recomputeFrom = manyBytes,
): Trace {
  const recording = new Recording(new Graph(target));
  const { graph } = recording;
  // Without a backend in force there would be none to put back.
  void tf.backend();
  const results = withBackend(traceBackendName, () =>
    record(recording, () => {
      try {
        return evaluate(fn, signature, recording);
      } catch (error) {
        throw explained(error);
      }
    }),
  );
  const finished = finish(
    graph,
    results.map(({ value }) => value),
    recomputeFrom,
  );
  const ports = Object.entries(signature).flatMap(([group, specs]) =>
    Object.entries(specs).map(([name, spec]) => ({ group, name, ...spec })),
  );
  return {
    model: finished.bytes,
    inputs: ports.flatMap((port, i) => {
      const modelName = finished.inputs[i];
      return modelName === undefined ? [] : [{ ...port, modelName }];
    }),
    outputs: results.map(({ group, name, value }, i) => ({
      group,
      name,
      shape: value.shape,
      dtype: value.dtype as DType,
      modelName: finished.outputs[i]!,
    })),
    captured: Object.fromEntries(
      recording.captured.flatMap(({ value, tensor }) => {
        const modelName = finished.inputs[graph.inputs.indexOf(value)];
        return modelName === undefined ? [] : [[modelName, tensor]];
      }),
    ),
    nodes: finished.nodes,
  };
}

interface Result {
  readonly group: string;
  readonly name: string;
  readonly value: Value;
}

function evaluate(fn: ProgramFunction, signature: Signature, recording: Recording): Result[] {
  const results: Result[] = [];
  tf.tidy(() => {
    const inputs: Groups<tf.Tensor> = mapGroups(signature, ({ shape, dtype }) =>
      recording.input(shape, dtype),
    );
    for (const [group, tensors] of Object.entries(fn(inputs))) {
      for (const [name, tensor] of Object.entries(tensors)) {
        if (!(tensor instanceof tf.Tensor))
          throw new Error(`The program's output "${group}.${name}" is not a tensor.`);
        results.push({ group, name, value: recording.valueOf(tensor) });
      }
    }
  });
  return results;
}

/** tfjs's own words for a kernel that a backend lacks do not say what to do. */
function explained(error: unknown): unknown {
  const kernel =
    error instanceof Error &&
    /Cannot find registered kernel '(.+?)'|Kernel '(.+?)' not registered/.exec(error.message);
  if (!kernel) return error;
  return new Error(
    `The tfjs kernel "${kernel[1] ?? kernel[2]}" cannot be compiled: write the function with other operations, or add the kernel to src/core/compute/onnx/kernels.`,
    { cause: error },
  );
}
