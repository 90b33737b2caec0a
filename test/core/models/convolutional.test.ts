/** ResNet and ConvNeXt as transformers, timm, torchvision and ConvNeXt's authors store them, against what those compute. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { valueExtrasAndGradient } from '../../../src/core/compute/differentiate';
import { openRuntime } from '../../../src/core/compute/open';
import { softmaxCrossEntropy } from '../../../src/core/compute/operations/crossEntropy';
import type { HostTensor } from '../../../src/core/compute/runtime';
import { type Checkpoint, loadCheckpoint, withHead } from '../../../src/core/models/checkpoint';
import { layerModules } from '../../../src/core/models/layerModules';
import { withoutBuffers } from '../../../src/core/models/model';
import { saveCheckpoint } from '../../../src/core/models/saveCheckpoint';
import { assertTensorClose } from '../../support/allClose';
import { runProgram } from '../../support/runProgram';
import { floats } from '../../support/tensors';
import { assertClose, copyOf, fixtures, forward, runtimes, tensorsOf } from './fixtures';

const convolutional = path.join(fixtures, 'convolutional');
const names = [
  'hf-convnext',
  'hf-convnextv2',
  'timm-convnext',
  'timm-convnextv2',
  'timm-convnext-arguments',
  'timm-convnext-gray',
  'torchvision-convnext',
  'authors-convnext',
  'authors-convnextv2',
  'hf-resnet-basic',
  'hf-resnet-bottleneck',
  'hf-resnet-stride-first',
  'hf-resnet-silu',
  'timm-resnet18',
  'timm-resnet-silu',
  'timm-resnet-gray',
  'timm-resnext',
  'torchvision-resnet',
];
/** Those whose expected tensors include a training step. */
const trained = ['hf-convnext', 'hf-convnextv2', 'hf-resnet-basic', 'hf-resnet-bottleneck', 'timm-resnet18'];

/** Feature maps `[n, c, h, w]` as tokens `[n, h * w, c]`; tokens as they are. */
function asTokens({ shape, dtype, data }: HostTensor): HostTensor {
  if (shape.length !== 4) return { shape, dtype, data };
  const [n, c, h, w] = shape as [number, number, number, number];
  const moved = new Float32Array(data.length);
  for (let b = 0; b < n; b++)
    for (let channel = 0; channel < c; channel++)
      for (let at = 0; at < h * w; at++)
        moved[(b * h * w + at) * c + channel] = data[(b * c + channel) * h * w + at]!;
  return { shape: [n, h * w, c], dtype, data: moved };
}

for (const name of names) {
  const folder = path.join(convolutional, name);

  for (const runtime of runtimes) {
    test(`${name}: every block, the embedding and the logits on ${runtime} are those of the library`, async () => {
      const checkpoint = await loadCheckpoint(folder);
      const expected = await tensorsOf(path.join(folder, 'expected.safetensors'));
      const found = await forward(runtime, checkpoint, expected.pixel_values!);
      for (const [key, tensor] of Object.entries(found))
        assertClose(tensor, asTokens(expected[key]!), 2e-5, key);
      const blocks = Object.keys(expected).filter((key) => /^hidden\.[1-9]/.test(key)).length;
      assert.equal(blocks, checkpoint.model.layers.length - 1);
      const { widths, layers } = checkpoint.model;
      assert.deepEqual(
        layers.map((layer) => widths[layer]),
        [
          ...Array.from({ length: blocks }, (_, i) => found[`hidden.${i + 1}`]!.shape[2]),
          found.pooled!.shape[1],
        ],
      );
    });
  }

  test(`${name}: what is saved unchanged has the names, shapes, dtypes and values that it had`, async (t) => {
    const checkpoint = await loadCheckpoint(folder);
    const out = `${await copyOf(t, 'hf-vit')}-out`;
    await saveCheckpoint(out, checkpoint, checkpoint.parameters);
    const [before, after] = [folder, out].map((place) => path.join(place, 'model.safetensors'));
    assert.deepEqual(await headerOf(after!), await headerOf(before!));
    assert.deepEqual((await loadCheckpoint(out)).parameters, checkpoint.parameters);
    if ((await readdir(folder)).includes('config.json')) {
      const configs = [folder, out].map(async (place) =>
        JSON.parse(await readFile(path.join(place, 'config.json'), 'utf8')),
      );
      assert.deepEqual(await configs[1], await configs[0]);
    }
  });

  test(`${name}: a new head takes the place of the old one`, async (t) => {
    const headed = withHead(await loadCheckpoint(folder), ['a', 'b'], 1);
    const out = `${await copyOf(t, 'hf-vit')}-out`;
    await saveCheckpoint(out, headed, headed.parameters);
    const again = await loadCheckpoint(out);
    assert.equal(again.model.classes, 2);
    assert.deepEqual(again.parameters, headed.parameters);
    assert.deepEqual(again.labels, ['a', 'b']);
  });
}

/** Names, dtypes, shapes and bytes of all tensors, whatever their order. */
async function headerOf(file: string): Promise<Record<string, unknown>> {
  const bytes = await readFile(file);
  const end = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, end).toString());
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, entry]) => {
        const {
          dtype,
          shape,
          data_offsets: offsets,
        } = entry as {
          dtype: string;
          shape: number[];
          data_offsets: [number, number];
        };
        return [
          name,
          { dtype, shape, bytes: bytes.subarray(end + offsets[0], end + offsets[1]).toString('hex') },
        ];
      }),
  );
}

/** One training pass over the expected images: logits, updated buffers and gradients by stored name. */
async function trainingPass(
  runtimeName: (typeof runtimes)[number],
  { model, parameters, source }: Checkpoint,
  images: HostTensor,
): Promise<Record<string, HostTensor>> {
  const n = images.shape[0]!;
  const targets = floats(
    [n, model.classes],
    Array.from({ length: n * model.classes }, (_, i) =>
      i % model.classes === Math.floor(i / model.classes) % 3 ? 1 : 0,
    ),
  );
  const runtime = await openRuntime(runtimeName, { threads: 1 });
  const outputs = await runProgram(
    runtime,
    ({ parameters: values, batch }) => {
      const { value, gradient, extras } = valueExtrasAndGradient(
        (moved) => {
          const pass = model.forward({ ...values, ...moved }, batch!.images!, 'training');
          const losses = softmaxCrossEntropy(pass.logits, batch!.targets!);
          return { loss: tf.mean(losses), extras: { ...pass.updates, logits: pass.logits } };
        },
        withoutBuffers(model, values!),
      );
      return { extras: { ...extras, loss: tf.reshape(value, [1]) }, gradient };
    },
    { parameters, batch: { images, targets } },
  );
  await runtime.dispose();
  const { logits, loss, ...updates } = outputs.extras!;
  /** Under the names and with the shapes of the file. */
  const stored = (kind: string, tensors: Record<string, HostTensor>): Record<string, HostTensor> =>
    Object.fromEntries(
      Object.entries(tensors).map(([parameter, tensor]) => {
        const { name, shape } = source.layout.parts.get(parameter)![0]!;
        return [`${kind}.${name}`, { ...tensor, shape }];
      }),
    );
  return {
    logits: logits!,
    loss: loss!,
    ...stored('updated', updates),
    ...stored('gradient', outputs.gradient!),
  };
}

for (const name of trained) {
  for (const runtime of runtimes) {
    test(`${name}: a training pass on ${runtime} gives PyTorch's gradients and running statistics`, async () => {
      const checkpoint = await loadCheckpoint(path.join(convolutional, name));
      const expected = await tensorsOf(path.join(convolutional, name, 'expected.safetensors'));
      const found = await trainingPass(runtime, checkpoint, expected.pixel_values!);
      const wanted = Object.keys(expected).filter((key) => key.startsWith('train.'));
      assert.deepEqual(Object.keys(found).sort(), wanted.map((key) => key.replace('train.', '')).sort());
      for (const [key, tensor] of Object.entries(found))
        assertTensorClose(tensor, expected[`train.${key}`]!, { ofLargest: 1e-4, absolute: 1e-6 }, key);
    });
  }
}

test('each layer is a module of the checkpoint', async () => {
  const modulesOf = async (name: string) =>
    layerModules((await loadCheckpoint(path.join(convolutional, name))).source.layout);
  assert.deepEqual(await modulesOf('timm-convnext'), {
    'block.0': 'stages.0.blocks.0',
    'block.1': 'stages.1.blocks.0',
    'block.2': 'stages.2.blocks.0',
    'block.3': 'stages.2.blocks.1',
    'block.4': 'stages.3.blocks.0',
    final: 'head.norm',
  });
  assert.deepEqual(await modulesOf('hf-resnet-bottleneck'), {
    'block.0': 'resnet.encoder.stages.0.layers.0',
    'block.1': 'resnet.encoder.stages.1.layers.0',
    'block.2': 'resnet.encoder.stages.1.layers.1',
    'block.3': 'resnet.encoder.stages.2.layers.0',
  });
});
