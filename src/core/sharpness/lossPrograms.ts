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
  /** -> result {loss} */
  loss(): Promise<Program>;
  /** -> result {loss}, gradient {a tensor a parameter} */
  gradient(): Promise<Program>;
  /** Takes `vector` too -> product {a tensor a parameter} */
  hessianVector(): Promise<Program>;
  dispose(): Promise<void>;
}

/** Each program is compiled when first asked for, for batches of `batch` images. */
export function lossPrograms(runtime: Runtime, model: VisionModel, batch: number): LossPrograms {
  const { parameters } = model;
  const { height, width } = model.input;
  const images: TensorSpec = { shape: [batch, 3, height, width], dtype: 'float32' };
  const targets: TensorSpec = { shape: [batch, model.classes], dtype: 'float32' };
  const weights: TensorSpec = { shape: [batch], dtype: 'float32' };
  const signature = { parameters, batch: { images, targets, weights } } satisfies Signature;
  const lossOf =
    (inputs: Groups<tf.Tensor>) =>
    (weightsOfModel: Group<tf.Tensor>): tf.Tensor => {
      const { images, targets, weights } = inputs.batch!;
      const { logits } = model.forward(weightsOfModel, images!);
      return tf.sum(tf.mul(softmaxCrossEntropy(logits, targets!), weights!));
    };

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
        runtime.compile((inputs) => ({ result: { loss: lossOf(inputs)(inputs.parameters!) } }), signature),
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
