/**
 * Pretrains the sample model from scratch on Fashion-MNIST: random weights in the architecture of samples/fashion-vit-tiny,
 * AdamW, one cosine cycle, flips and shifts. Writes the checkpoint back and prints its accuracy on the 10 000 test images.
 *
 *   node --import tsx samples/make/pretrain.ts FOLDER [EPOCHS, default 9]
 *
 * FOLDER holds the four files of Fashion-MNIST: /usr/share/datasets/fashion-mnist of Debian's dataset-fashion-mnist.
 */
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradient } from '../../src/core/compute/differentiate';
import { openRuntime } from '../../src/core/compute/open';
import { softmaxCrossEntropy } from '../../src/core/compute/operations/crossEntropy';
import type {
  DeviceTensor,
  Group,
  HostTensor,
  Runtime,
  Signature,
  TensorSpec,
} from '../../src/core/compute/runtime';
import { sizeOf } from '../../src/core/compute/runtime';
import {
  type AdamScalars,
  adamScalars,
  adamW,
  clipFactor,
  globalNorm,
} from '../../src/core/finetune/optimiser';
import { learningRate } from '../../src/core/finetune/schedule';
import { loadCheckpoint } from '../../src/core/models/checkpoint';
import type { VisionModel } from '../../src/core/models/model';
import { saveCheckpoint } from '../../src/core/models/saveCheckpoint';
import { createRandom, type Random } from '../../src/core/random';
import { type FashionImages, readFashion } from './fashionFiles';

const batch = 128;
const classes = 10;
const peakRate = 1.5e-3;
const weightDecay = 0.05;
const largestShift = 2;
const checkpointFolder = path.join(__dirname, '..', 'fashion-vit-tiny');

type Parameters = Group<HostTensor | DeviceTensor>;

/** Matrices, class token and positions from N(0, 0.02^2), norms 1, biases 0. */
function randomParameters(specs: Group<TensorSpec>, random: Random): Group<HostTensor> {
  return mapValues(specs, (spec, name) => {
    const data = new Float32Array(sizeOf(spec.shape));
    if (name.endsWith('weight') && spec.shape.length === 1) data.fill(1);
    else if (spec.shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = 0.02 * random.normal();
    return { ...spec, data };
  });
}

function mapValues<A, B>(group: Group<A>, map: (value: A, name: string) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(group).map(([name, value]) => [name, map(value, name)]));
}

/** Images `[indices.length, 3, size, size]`, grey repeated, mapped to -1..1; flipped and shifted if `random` is given. */
function gatherImages({ images, size }: FashionImages, indices: Int32Array, random?: Random): Float32Array {
  const area = size * size;
  const out = new Float32Array(indices.length * 3 * area).fill(-1);
  const shift = (): number => (random ? random.integer(2 * largestShift + 1) - largestShift : 0);
  indices.forEach((index, row) => {
    const [dx, dy, flip] = [shift(), shift(), random !== undefined && random.next() < 0.5];
    for (let y = Math.max(0, -dy); y < Math.min(size, size - dy); y++) {
      for (let x = Math.max(0, -dx); x < Math.min(size, size - dx); x++) {
        const from = (y + dy) * size + (flip ? size - 1 - (x + dx) : x + dx);
        const value = images[index * area + from]! / 127.5 - 1;
        for (let channel = 0; channel < 3; channel++) out[(row * 3 + channel) * area + y * size + x] = value;
      }
    }
  });
  return out;
}

function scalarInputs({ stepSize, epsilon, keep }: AdamScalars): Group<HostTensor> {
  return mapValues({ stepSize, epsilon, keep }, (value) => ({
    shape: [],
    dtype: 'float32' as const,
    data: Float32Array.of(value),
  }));
}

function trainingSignature(model: VisionModel): Signature {
  const scalar = { shape: [], dtype: 'float32' } as const;
  return {
    parameters: model.parameters,
    first: model.parameters,
    second: model.parameters,
    batch: {
      images: { shape: [batch, 3, model.input.height, model.input.width], dtype: 'float32' },
      targets: { shape: [batch, classes], dtype: 'float32' },
    },
    scalars: { stepSize: scalar, epsilon: scalar, keep: scalar },
  };
}

async function train(
  runtime: Runtime,
  model: VisionModel,
  data: FashionImages,
  epochs: number,
): Promise<Parameters> {
  const program = await runtime.compile(
    ({ parameters, first, second, batch: images, scalars }) => {
      const loss = (p: Group<tf.Tensor>): tf.Tensor =>
        tf.mean(softmaxCrossEntropy(model.forward(p, images!.images!).logits, images!.targets!));
      const { value, gradient } = valueAndGradient(loss, parameters!);
      const { stepSize, epsilon, keep } = scalars! as Record<'stepSize' | 'epsilon' | 'keep', tf.Tensor>;
      const next = adamW(
        parameters!,
        gradient,
        first!,
        second!,
        { stepSize, epsilon, keep },
        clipFactor(globalNorm(gradient), 1),
      );
      return { ...next, metrics: { loss: value } };
    },
    trainingSignature(model),
    { resident: ['parameters', 'first', 'second'] },
  );
  const zeros = (): Group<HostTensor> =>
    mapValues(model.parameters, (spec) => ({ ...spec, data: new Float32Array(sizeOf(spec.shape)) }));
  let state = {
    parameters: randomParameters(model.parameters, createRandom(11)) as Parameters,
    first: zeros() as Parameters,
    second: zeros() as Parameters,
  };
  const stepsPerEpoch = Math.floor(data.count / batch);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const random = createRandom(12, epoch);
    const order = random.permutation(data.count);
    let sum = 0;
    for (let i = 0; i < stepsPerEpoch; i++) {
      const indices = order.subarray(i * batch, (i + 1) * batch);
      const targets = new Float32Array(batch * classes);
      indices.forEach((index, row) => {
        targets[row * classes + data.labels[index]!] = 1;
      });
      const step = epoch * stepsPerEpoch + i;
      const rate = learningRate({ peak: peakRate, steps: epochs * stepsPerEpoch, warmup: 0.05 }, step);
      const outputs = await program.run({
        ...state,
        batch: {
          images: {
            shape: [batch, 3, data.size, data.size],
            dtype: 'float32',
            data: gatherImages(data, indices, random),
          },
          targets: { shape: [batch, classes], dtype: 'float32', data: targets },
        },
        scalars: scalarInputs(adamScalars(rate, weightDecay, step)),
      });
      sum += (await outputs.metrics!.loss!.read())[0]!;
      state = { parameters: outputs.parameters!, first: outputs.first!, second: outputs.second! };
    }
    console.log(`epoch ${epoch + 1} of ${epochs}: mean loss ${(sum / stepsPerEpoch).toFixed(4)}`);
  }
  await program.dispose();
  return state.parameters;
}

async function accuracy(
  runtime: Runtime,
  model: VisionModel,
  parameters: Parameters,
  data: FashionImages,
): Promise<number> {
  const rows = 100;
  const images: TensorSpec = { shape: [rows, 3, data.size, data.size], dtype: 'float32' };
  const program = await runtime.compile(
    (inputs) => ({ out: { logits: model.forward(inputs.parameters!, inputs.batch!.images!).logits } }),
    { parameters: model.parameters, batch: { images } },
  );
  let right = 0;
  for (let start = 0; start < data.count; start += rows) {
    const indices = Int32Array.from({ length: rows }, (_, i) => start + i);
    const outputs = await program.run({
      parameters,
      batch: { images: { ...images, data: gatherImages(data, indices) } },
    });
    const logits = await outputs.out!.logits!.read();
    indices.forEach((index, row) => {
      const scores = logits.subarray(row * classes, (row + 1) * classes);
      if (scores.indexOf(Math.max(...scores)) === data.labels[index]) right++;
    });
  }
  await program.dispose();
  return right / data.count;
}

async function main(): Promise<void> {
  const [folder, epochs = '9'] = process.argv.slice(2);
  if (!folder) throw new Error('Name the folder that holds the files of Fashion-MNIST.');
  const checkpoint = await loadCheckpoint(checkpointFolder);
  const runtime = await openRuntime('onnx-cpu', {});
  const parameters = await train(runtime, checkpoint.model, readFashion(folder, 'train'), Number(epochs));
  console.log(
    `test accuracy ${await accuracy(runtime, checkpoint.model, parameters, readFashion(folder, 't10k'))}`,
  );
  const trained: Record<string, HostTensor> = {};
  for (const [name, spec] of Object.entries(checkpoint.model.parameters)) {
    trained[name] = { ...spec, data: await (parameters[name] as DeviceTensor).read() };
  }
  await saveCheckpoint(checkpointFolder, checkpoint, trained);
  await runtime.dispose();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
