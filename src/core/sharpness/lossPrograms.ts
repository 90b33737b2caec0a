/** The compiled programs behind a model's loss surface; surfaces of one model share them. */
import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct, valueAndGradient } from '../compute/differentiate';
import { softmaxCrossEntropy } from '../compute/operations/crossEntropy';
import type { Group, Groups, Program, Runtime, Signature, TensorSpec } from '../compute/runtime';
import type { VisionModel } from '../models/model';

/** All take `parameters` and `batch` {images, targets, weights}; the loss is the weighted sum over the batch. */
export interface LossPrograms {
  readonly runtime: Runtime;
  readonly model: VisionModel;
  readonly batch: number;
  /** -> result {loss, accuracy} */
  loss(): Promise<Program>;
  /** -> result {loss}, gradient {a tensor a parameter} */
  gradient(): Promise<Program>;
  /** Takes `vector` too -> product {a tensor a parameter} */
  hessianVector(): Promise<Program>;
  dispose(): Promise<void>;
}

/**
 * The weighted sums of cross-entropy and of right answers over a batch {images, targets, weights}, as scalars. An answer is right
 * where no other class has a larger logit.
 */
export function lossAndAccuracy(
  model: VisionModel,
  parameters: Group<tf.Tensor>,
  { images, targets, weights }: Group<tf.Tensor>,
): { readonly loss: tf.Tensor; readonly accuracy: tf.Tensor } {
  const { logits } = model.forward(parameters, images!);
  const right = tf.greaterEqual(tf.sum(tf.mul(logits, targets!), 1), tf.max(logits, 1));
  return {
    loss: tf.sum(tf.mul(softmaxCrossEntropy(logits, targets!), weights!)),
    accuracy: tf.sum(tf.mul(tf.cast(right, 'float32'), weights!)),
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
export function lossPrograms(runtime: Runtime, model: VisionModel, batch: number): LossPrograms {
  const { parameters } = model;
  const signature = { parameters, batch: batchSignature(model, batch) } satisfies Signature;
  const lossOf =
    (inputs: Groups<tf.Tensor>) =>
    (weightsOfModel: Group<tf.Tensor>): tf.Tensor =>
      lossAndAccuracy(model, weightsOfModel, inputs.batch!).loss;

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
    loss: () =>
      once('loss', () =>
        runtime.compile(
          (inputs) => ({ result: lossAndAccuracy(model, inputs.parameters!, inputs.batch!) }),
          signature,
        ),
      ),
    gradient: () =>
      once('gradient', () =>
        runtime.compile((inputs) => {
          const { value, gradient } = valueAndGradient(lossOf(inputs), inputs.parameters!);
          return { result: { loss: value }, gradient };
        }, signature),
      ),
    hessianVector: () =>
      once('hessianVector', () =>
        runtime.compile(
          (inputs) => {
            const { product } = hessianVectorProduct(lossOf(inputs), inputs.parameters!, inputs.vector!);
            return { product };
          },
          { ...signature, vector: parameters },
        ),
      ),
    dispose: async () => {
      for (const program of compiled.values()) await (await program).dispose();
      compiled.clear();
    },
  };
}
