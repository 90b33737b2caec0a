/** The loss surface of a vision model over a fixed set of images: the task's mean loss in evaluation mode, no augmentation. */

import type { Task } from '../../protocol/tasks';
import {
  type DeviceTensor,
  type Group,
  type Groups,
  type HostTensor,
  isDeviceTensor,
  mapGroup,
  mapGroups,
  type Program,
  type Runtime,
  sizeOf,
  type TensorSpec,
} from '../compute/runtime';
import { labelsPerImage } from '../data/task';
import { targetRows } from '../finetune/targets';
import { type VisionModel, withoutBuffers } from '../models/model';
import type { LossPrograms } from './lossPrograms';
import type { LossSurface } from './lossSurface';

export interface LabelledImages {
  /** Preprocessed, `[n, 3, height, width]`. */
  readonly images: Float32Array;
  /** As in `Split`: `[n]`, in 0..classes-1; of several labels an image `[n, classes]`, 0 and 1. */
  readonly labels: ArrayLike<number>;
}

export interface ModelLossSurface extends LossSurface {
  /** Mean loss and the part of right answers at `w`. */
  lossAndAccuracy(w: Float32Array): Promise<{ readonly loss: number; readonly accuracy: number }>;
  /** Frees the images on the device; the programs stay. */
  dispose(): void;
}

/**
 * The surface over all parameters of the model, in the order of `model.parameters`. Buffers (the running statistics of BatchNorm) are
 * among them, so that a point is a whole network, but do not count as parameters: their part of gradients and products is 0. Images go through the network in
 * batches of the programs' size, the last one filled up with images of weight 0, so that every image counts the same.
 * Between two batches a cancelled `signal` throws its reason. Throws a RangeError on sizes or labels that do not fit.
 */
export function modelLossSurface(
  programs: LossPrograms,
  samples: LabelledImages,
  signal?: AbortSignal,
): ModelLossSurface {
  const { model, runtime } = programs;
  const layout = Object.entries(model.parameters);
  const size = layout.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
  const n = samples.labels.length / labelsPerImage(programs.task, model.classes);
  const batches = uploadBatches(runtime, model, programs.batch, samples, programs.task);

  /** Runs a program on every batch and adds up its results: what is not named `vector` is the mean's share already. */
  const sum = async (
    program: Program,
    inputs: Groups<HostTensor>,
    from: 'gradient' | 'product' | undefined,
  ) => {
    let loss = 0;
    let accuracy = 0;
    let total: Group<DeviceTensor> = {};
    // Once for all batches, and the sum read once: from ordinary memory the weights would go to a GPU with every one.
    const uploaded = mapGroups(inputs, (tensor) => runtime.upload(tensor));
    try {
      for (const batch of batches) {
        signal?.throwIfAborted();
        const { result, ...vectors } = await program.run({ ...uploaded, batch });
        const part = from && vectors[from]!;
        if (part) total = await added(total, part);
        if (!result) continue;
        loss += (await result.loss!.read())[0]!;
        if (result.accuracy) accuracy += (await result.accuracy.read())[0]!;
        free({ result });
      }
      return { loss, accuracy, total: from ? await flattened(total) : new Float32Array(0) };
    } finally {
      free({ ...uploaded, total });
    }
  };
  /** Frees both, and gives their sum; `part` itself where there is nothing yet. */
  const added = async (total: Group<DeviceTensor>, part: Group<DeviceTensor>) => {
    if (Object.keys(total).length === 0) return part;
    try {
      return (await (await programs.add()).run({ sum: total, part })).sum!;
    } finally {
      free({ total, part });
    }
  };
  /** In the order of the parameters, 0 for buffers. */
  const flattened = async (tensors: Group<DeviceTensor>) => {
    const flat = new Float32Array(size);
    let offset = 0;
    for (const [name, { shape }] of layout) {
      flat.set((await tensors[name]?.read()) ?? [], offset);
      offset += sizeOf(shape);
    }
    return flat;
  };
  const split = (flat: Float32Array): Group<HostTensor> => unflatten(flat, layout, size);

  return {
    size,
    n,
    async lossAndAccuracy(w) {
      const { loss, accuracy } = await sum(await programs.loss(), { parameters: split(w) }, undefined);
      return { loss, accuracy };
    },
    async loss(w) {
      return (await sum(await programs.loss(), { parameters: split(w) }, undefined)).loss;
    },
    async lossAndGradient(w) {
      const { loss, total } = await sum(await programs.gradient(), { parameters: split(w) }, 'gradient');
      return { loss, gradient: total };
    },
    async hessianVector(w, v) {
      const inputs = { parameters: split(w), vector: withoutBuffers(model, split(v)) };
      return (await sum(await programs.hessianVector(), inputs, 'product')).total;
    },
    dispose() {
      for (const batch of batches) free({ batch });
    },
  };
}

function free(groups: Groups<DeviceTensor>): void {
  for (const group of Object.values(groups)) for (const tensor of Object.values(group)) tensor.dispose();
}

/**
 * Images and labels on the device, as batches {images, targets, weights} of `batch` images. Weights are 1/n; what fills up the last
 * batch weighs 0. Throws a RangeError on sizes or labels that do not fit.
 */
export function uploadBatches(
  runtime: Runtime,
  model: VisionModel,
  batch: number,
  samples: LabelledImages,
  task: Task = 'multi-class',
): Group<DeviceTensor>[] {
  return batchesOf(model, batch, samples, task).map((group) => mapGroup(group, (t) => runtime.upload(t)));
}

/** The smallest batch size that needs no more batches than one of `most` images, so that little is filled up. */
export function evenBatch(n: number, most: number): number {
  return Math.max(1, Math.ceil(n / Math.max(1, Math.ceil(n / most))));
}

/** A copy of all parameters in one vector, in the order of `specs` (a model's `parameters`). */
export async function flattenParameters(
  specs: Group<TensorSpec>,
  parameters: Group<HostTensor | DeviceTensor>,
): Promise<Float32Array> {
  const layout = Object.entries(specs);
  const flat = new Float32Array(layout.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0));
  let offset = 0;
  for (const [name, { shape }] of layout) {
    const tensor = parameters[name];
    if (!tensor) throw new Error(`The parameter "${name}" is missing.`);
    flat.set(isDeviceTensor(tensor) ? await tensor.read() : tensor.data, offset);
    offset += sizeOf(shape);
  }
  return flat;
}

/** Views of `flat`, one a parameter of `specs`. Throws a RangeError if there are more or fewer numbers. */
export function unflattenParameters(specs: Group<TensorSpec>, flat: Float32Array): Group<HostTensor> {
  const layout = Object.entries(specs);
  return unflatten(
    flat,
    layout,
    layout.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0),
  );
}

function unflatten(
  flat: Float32Array,
  layout: readonly (readonly [string, TensorSpec])[],
  size: number,
): Group<HostTensor> {
  if (flat.length !== size) throw new RangeError(`${flat.length} numbers for ${size} parameters`);
  const parameters: Record<string, HostTensor> = {};
  let offset = 0;
  for (const [name, { shape, dtype }] of layout) {
    const end = offset + sizeOf(shape);
    parameters[name] = { shape, dtype, data: flat.subarray(offset, end) };
    offset = end;
  }
  return parameters;
}

function batchesOf(
  model: VisionModel,
  batch: number,
  { images, labels }: LabelledImages,
  task: Task,
): Group<HostTensor>[] {
  const { height, width } = model.input;
  const perImage = labelsPerImage(task, model.classes);
  const n = labels.length / perImage;
  const pixels = 3 * height * width;
  if (n === 0 || images.length !== n * pixels) {
    throw new RangeError(`${images.length} numbers are not ${n} images of 3 x ${height} x ${width}`);
  }
  const known = Int32Array.from(labels);
  const highest = perImage === 1 ? model.classes - 1 : 1;
  const wrong = known.findIndex((label, i) => label !== labels[i] || label < 0 || label > highest);
  if (wrong >= 0) {
    const image = Math.floor(wrong / perImage);
    throw new RangeError(`label ${labels[wrong]} of image ${image} is not one of ${highest + 1} classes`);
  }
  const batches: Group<HostTensor>[] = [];
  for (let from = 0; from < n; from += batch) {
    const count = Math.min(batch, n - from);
    const indices = Int32Array.from({ length: count }, (_, i) => from + i);
    const targets = new Float32Array(batch * model.classes);
    targets.set(targetRows(known, indices, task, model.classes, 0));
    const weights = new Float32Array(batch).fill(1 / n, 0, count);
    batches.push({
      images: {
        shape: [batch, 3, height, width],
        dtype: 'float32',
        data: filledUp(images.subarray(from * pixels, (from + count) * pixels), batch * pixels, pixels),
      },
      targets: { shape: [batch, model.classes], dtype: 'float32', data: targets },
      weights: { shape: [batch], dtype: 'float32', data: weights },
    });
  }
  return batches;
}

/** `images` as they are or, if there are too few, followed by copies of the first: real pixels, so that nothing overflows. */
function filledUp(images: Float32Array, length: number, pixels: number): Float32Array {
  if (images.length === length) return images;
  const filled = new Float32Array(length);
  filled.set(images);
  for (let at = images.length; at < length; at += pixels) filled.set(images.subarray(0, pixels), at);
  return filled;
}
