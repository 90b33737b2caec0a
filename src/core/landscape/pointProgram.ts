/** The compiled program behind every point of a landscape: loss and accuracy at w + x d1 + y d2, with nothing built anew. */
import * as tf from '@tensorflow/tfjs-core';
import type { Task } from '../../protocol/tasks';
import {
  type DeviceTensor,
  type Group,
  type HostTensor,
  mapGroup,
  type Program,
  type Runtime,
  type TensorSpec,
} from '../compute/runtime';
import { labelsPerImage } from '../data/task';
import type { VisionModel } from '../models/model';
import { batchSignature, lossAndAccuracy } from '../sharpness/lossPrograms';
import {
  evenBatch,
  type LabelledImages,
  unflattenParameters,
  uploadBatches,
} from '../sharpness/modelLossSurface';

export interface PointValue {
  readonly loss: number;
  readonly accuracy: number;
}

/** A slice or plane of one model's loss. */
export interface LossPlane {
  /**
   * At origin + x first + y second, on every sample; NaN or infinite where the network is. A cancelled `signal` throws its reason
   * between two batches.
   */
  at(x: number, y: number, signal?: AbortSignal): Promise<PointValue[]>;
  dispose(): Promise<void>;
}

export interface PlaneAxes {
  /** All in one vector each, in the order of the model's parameters. */
  readonly origin: Float32Array;
  readonly first: Float32Array;
  readonly second?: Float32Array | undefined;
}

/**
 * Weights, directions and images go to the device once; a point sends two numbers. Parameters that no axis moves are left out of the
 * sum. `batch` images at most go through the network together.
 */
export async function compileLossPlane(
  runtime: Runtime,
  model: VisionModel,
  { origin, first, second }: PlaneAxes,
  samples: readonly LabelledImages[],
  batch: number,
  task: Task = 'multi-class',
): Promise<LossPlane> {
  const perImage = labelsPerImage(task, model.classes);
  const size = evenBatch(Math.max(...samples.map(({ labels }) => labels.length / perImage)), batch);
  const weights = unflattenParameters(model.parameters, origin);
  const firsts = movedOnly(unflattenParameters(model.parameters, first));
  const seconds = second === undefined ? {} : movedOnly(unflattenParameters(model.parameters, second));
  const scalar: TensorSpec = { shape: [], dtype: 'float32' };
  const program = await runtime.compile(
    (inputs) => {
      const { x, y } = inputs.point!;
      const moved = Object.entries(inputs.weights!).map(([name, weight]) => {
        const [a, b] = [inputs.first?.[name], inputs.second?.[name]];
        const once = a ? tf.add(weight, tf.mul(x!, a)) : weight;
        return [name, b ? tf.add(once, tf.mul(y!, b)) : once] as const;
      });
      return { result: lossAndAccuracy(model, task, Object.fromEntries(moved), inputs.batch!) };
    },
    {
      weights: model.parameters,
      first: specsOf(firsts),
      second: specsOf(seconds),
      point: { x: scalar, y: scalar },
      batch: batchSignature(model, size),
    },
  );
  const upload = (group: Group<HostTensor>): Group<DeviceTensor> =>
    mapGroup(group, (tensor) => runtime.upload(tensor));
  const resident = { weights: upload(weights), first: upload(firsts), second: upload(seconds) };
  const batches = samples.map((sample) => uploadBatches(runtime, model, size, sample, task));
  return {
    async at(x, y, signal) {
      const values: PointValue[] = [];
      for (const sample of batches) values.push(await evaluate(program, resident, sample, { x, y }, signal));
      return values;
    },
    async dispose() {
      for (const group of [...Object.values(resident), ...batches.flat()]) {
        for (const tensor of Object.values(group)) tensor.dispose();
      }
      await program.dispose();
    },
  };
}

async function evaluate(
  program: Program,
  resident: Readonly<Record<string, Group<DeviceTensor>>>,
  batches: readonly Group<DeviceTensor>[],
  { x, y }: { readonly x: number; readonly y: number },
  signal: AbortSignal | undefined,
): Promise<PointValue> {
  const scalar = (value: number): HostTensor => ({
    shape: [],
    dtype: 'float32',
    data: Float32Array.of(value),
  });
  const inputs = { ...resident, point: { x: scalar(x), y: scalar(y) } };
  let [loss, accuracy] = [0, 0];
  for (const batch of batches) {
    signal?.throwIfAborted();
    const { result } = await program.run({ ...inputs, batch });
    loss += (await result!.loss!.read())[0]!;
    accuracy += (await result!.accuracy!.read())[0]!;
    for (const tensor of Object.values(result!)) tensor.dispose();
  }
  return { loss, accuracy };
}

/** Without the tensors of a direction that are 0 everywhere. */
function movedOnly(direction: Group<HostTensor>): Group<HostTensor> {
  return Object.fromEntries(
    Object.entries(direction).filter(([, { data }]) => data.some((value) => value !== 0)),
  );
}

function specsOf(group: Group<HostTensor>): Group<TensorSpec> {
  return mapGroup(group, ({ shape, dtype }) => ({ shape, dtype }));
}
