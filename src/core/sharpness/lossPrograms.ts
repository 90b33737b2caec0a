/** The compiled programs behind a model's loss surface; surfaces of one model share them. */
import * as tf from '@tensorflow/tfjs-core';
import type { Task } from '../../protocol/tasks';
import { hessianVectorProduct, valueAndGradient } from '../compute/differentiate';
import {
  type Group,
  type Groups,
  mapGroup,
  type Program,
  type Runtime,
  type Signature,
  type TensorSpec,
} from '../compute/runtime';
import { lossPerImage, rightPerImage } from '../finetune/taskLoss';
import { type VisionModel, withoutBuffers } from '../models/model';

/** All take `parameters` and `batch` {images, targets, weights}; the loss is the weighted sum over the batch. */
export interface LossPrograms {
  readonly runtime: Runtime;
  readonly model: VisionModel;
  readonly batch: number;
  readonly task: Task;
  /** -> result {loss, accuracy} */
  loss(): Promise<Program>;
  /** -> result {loss}, gradient {a tensor a parameter, buffers left out} */
  gradient(): Promise<Program>;
  /** Takes `vector` too -> product {a tensor a parameter}, both without buffers */
  hessianVector(): Promise<Program>;
  /** Takes `sum` and `part`, gradients or products of two batches -> sum {a tensor a parameter}; none of them leaves the device */
  add(): Promise<Program>;
  dispose(): Promise<void>;
}

/** The weighted sums of the task's loss and right answers (`taskLoss.ts`) over a batch {images, targets, weights}, as scalars. */
export function lossAndAccuracy(
  model: VisionModel,
  task: Task,
  parameters: Group<tf.Tensor>,
  { images, targets, weights }: Group<tf.Tensor>,
): { readonly loss: tf.Tensor; readonly accuracy: tf.Tensor } {
  const { logits } = model.forward(parameters, images!);
  return {
    loss: tf.sum(tf.mul(lossPerImage(task, logits, targets!), weights!)),
    accuracy: tf.sum(tf.mul(rightPerImage(task, logits, targets!), weights!)),
  };
}

/** What a batch of `lossAndAccuracy` is. */
export function batchSignature(model: VisionModel, batch: number): Group<TensorSpec> {
  const { height, width } = model.input;
  return {
    images: { shape: [batch, 3, height, width], dtype: 'float32' },
    targets: { shape: [batch, model.classes], dtype: 'float32' },
    weights: { shape: [batch], dtype: 'float32' },
  };
}

/** Each program is compiled when first asked for, for batches of `batch` images. */
export function lossPrograms(
  runtime: Runtime,
  model: VisionModel,
  batch: number,
  task: Task = 'multi-class',
): LossPrograms {
  const { parameters } = model;
  const signature = { parameters, batch: batchSignature(model, batch) } satisfies Signature;
  const lossOf =
    (inputs: Groups<tf.Tensor>) =>
    (moved: Group<tf.Tensor>): tf.Tensor =>
      lossAndAccuracy(model, task, { ...inputs.parameters, ...moved }, inputs.batch!).loss;
  const moving = (inputs: Groups<tf.Tensor>) => withoutBuffers(model, inputs.parameters!);

  const compiled = new Map<string, Promise<Program>>();
  const once = (name: string, compile: () => Promise<Program>): Promise<Program> => {
    const program = compiled.get(name) ?? compile();
    compiled.set(name, program);
    return program;
  };
  return {
    runtime,
    model,
    batch,
    task,
    loss: () =>
      once('loss', () =>
        runtime.compile(
          (inputs) => ({ result: lossAndAccuracy(model, task, inputs.parameters!, inputs.batch!) }),
          signature,
        ),
      ),
    gradient: () =>
      once('gradient', () =>
        runtime.compile(
          (inputs) => {
            const { value, gradient } = valueAndGradient(lossOf(inputs), moving(inputs));
            return { result: { loss: value }, gradient };
          },
          signature,
          { resident: ['gradient'] },
        ),
      ),
    hessianVector: () =>
      once('hessianVector', () =>
        runtime.compile(
          (inputs) => {
            const { product } = hessianVectorProduct(lossOf(inputs), moving(inputs), inputs.vector!);
            return { product };
          },
          { ...signature, vector: withoutBuffers(model, parameters) },
          { resident: ['product'] },
        ),
      ),
    add: () =>
      once('add', () => {
        const moved = withoutBuffers(model, parameters);
        return runtime.compile(
          ({ sum, part }) => ({ sum: mapGroup(sum!, (value, name) => tf.add(value, part![name]!)) }),
          { sum: moved, part: moved },
          { resident: ['sum'] },
        );
      }),
    dispose: async () => {
      for (const program of compiled.values()) await (await program).dispose();
      compiled.clear();
    },
  };
}
