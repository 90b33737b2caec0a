/**
 * Runs in a process of its own, started by webgpuConvolutions.test.ts: two training steps of a tiny ResNet and a tiny
 * ConvNeXt on WebGPU and on the CPU. Prints one line of JSON.
 */
import * as tf from '@tensorflow/tfjs-core';
import { valueExtrasAndGradient } from '../../../../src/core/compute/differentiate';
import { openRuntime } from '../../../../src/core/compute/open';
import { softmaxCrossEntropy } from '../../../../src/core/compute/operations/crossEntropy';
import type { DeviceTensor, Group, HostTensor, Runtime } from '../../../../src/core/compute/runtime';
import { UserError } from '../../../../src/core/errors';
import { createConvnext } from '../../../../src/core/models/convnext';
import { type VisionModel, withoutBuffers } from '../../../../src/core/models/model';
import { createResnet } from '../../../../src/core/models/resnet';
import { drawsFrom, floats } from '../../../support/tensors';

const image = { height: 20, width: 18 };
const common = { image, classes: 3 };
const models: Readonly<Record<string, VisionModel>> = {
  resnet: createResnet({
    ...common,
    stemWidth: 8,
    widths: [8, 16],
    innerWidths: [4, 8],
    depths: [1, 2],
    bottleneck: true,
    groups: 2,
    strideFirst: false,
    firstStageHalves: false,
    activation: 'relu',
  }),
  convnext: createConvnext({
    ...common,
    patch: 4,
    widths: [8, 12],
    depths: [1, 1],
    kernel: 7,
    mlpWidths: [16, 24],
    activation: 'gelu',
    layerScale: true,
    globalResponse: true,
    layerNormEpsilon: 1e-6,
    finalEpsilon: 1e-6,
  }),
};

/** A value, by the name of the model and the parameter, or "loss". */
export type Trained = Readonly<Record<string, readonly number[]>>;

export interface Result {
  readonly onGpu: Trained;
  readonly onCpu: Trained;
  readonly fallbacks: readonly string[];
}

async function train(runtime: Runtime): Promise<Trained> {
  const results: Record<string, readonly number[]> = {};
  for (const [name, model] of Object.entries(models)) {
    const draw = drawsFrom(7);
    const n = 3;
    const batch: Group<HostTensor> = {
      images: draw.uniform([n, 3, image.height, image.width]),
      targets: floats([n, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]),
    };
    let parameters: Group<HostTensor | DeviceTensor> = Object.fromEntries(
      Object.entries(model.parameters).map(([key, { shape }]) => [
        key,
        shape.length > 1 ? draw.uniform(shape, -0.3, 0.3) : draw.uniform(shape, 0.5, 1),
      ]),
    );
    const program = await runtime.compile(
      ({ parameters: values, batch: { images, targets } }) => {
        const { value, gradient, extras } = valueExtrasAndGradient(
          (moved) => {
            const { logits, updates } = model.forward({ ...values, ...moved }, images!, 'training');
            return { loss: tf.mean(softmaxCrossEntropy(logits, targets!)), extras: { ...updates } };
          },
          withoutBuffers(model, values!),
        );
        const next = Object.entries(gradient).map(([key, slope]) => [
          key,
          tf.sub(values![key]!, tf.mul(slope, 0.1)),
        ]);
        return { parameters: { ...extras, ...Object.fromEntries(next) }, metrics: { loss: value } };
      },
      { parameters: model.parameters, batch },
      { resident: ['parameters'] },
    );
    for (let step = 0; step < 2; step++) {
      const outputs = await program.run({ parameters, batch });
      parameters = outputs.parameters!;
      results[`${name} loss ${step}`] = [...(await outputs.metrics!.loss!.read())];
    }
    for (const [key, tensor] of Object.entries(parameters))
      results[`${name} ${key}`] = [...(await (tensor as DeviceTensor).read())];
    await program.dispose();
  }
  return results;
}

async function main(): Promise<Result | { noAdapter: string }> {
  let gpu: Runtime;
  try {
    gpu = await openRuntime('onnx-webgpu', { threads: 1 });
  } catch (error) {
    if (error instanceof UserError) return { noAdapter: error.message };
    throw error;
  }
  const onGpu = await train(gpu);
  const fallbacks = [...(gpu.fallbacks ?? [])];
  await gpu.dispose();
  const cpu = await openRuntime('onnx-cpu', { threads: 1 });
  const onCpu = await train(cpu);
  await cpu.dispose();
  return { onGpu, onCpu, fallbacks };
}

main()
  .then((result) => console.log(JSON.stringify(result)))
  .catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
