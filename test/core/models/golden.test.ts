/** Checkpoints of transformers and timm with everything on the way from a decoded image to the logits. */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import type { HostTensor } from '../../../src/core/compute/runtime';
import { normalise, preprocess } from '../../../src/core/data/preprocess';
import { type Checkpoint, loadCheckpoint } from '../../../src/core/models/checkpoint';
import { assertClose, copyOf, forward, runtimes, tensorsOf } from './fixtures';

const tolerance = 2e-5;

function pixelValues({ preprocessing, model }: Checkpoint, images: readonly HostTensor[]): HostTensor {
  const { height, width } = model.input;
  const pixels = new Uint8Array(images.length * 3 * height * width);
  for (const [i, { shape, data }] of images.entries()) {
    const image = { height: shape[0]!, width: shape[1]!, channels: 3, data: Uint8Array.from(data) } as const;
    pixels.set(preprocess(image, preprocessing), i * 3 * height * width);
  }
  return {
    shape: [images.length, 3, height, width],
    dtype: 'float32',
    data: normalise(pixels, images.length, preprocessing),
  };
}

for (const name of ['golden/hf-dinov2', 'golden/timm-vit', 'hf-vit']) {
  test(`${name}: pixels, blocks, embedding and logits`, async (t) => {
    const folder = await copyOf(t, name);
    const expected = await tensorsOf(path.join(folder, 'expected.safetensors'));
    await rm(path.join(folder, 'expected.safetensors'));
    const checkpoint = await loadCheckpoint(folder);
    const images = ['image.rgb', 'image.gray'].map((image) => expected[image]!);
    const pixels = pixelValues(checkpoint, images);
    assertClose(pixels, expected.pixel_values!, 2e-6, 'pixel_values');
    for (const runtime of runtimes) {
      const outputs = await forward(runtime, checkpoint, pixels);
      const final = expected.classifier_input ?? expected.pooled!;
      for (const [output, tensor] of Object.entries(outputs)) {
        assertClose(tensor, output === 'pooled' ? final : expected[output]!, tolerance, output);
      }
    }
  });
}

test('golden/hf-dinov2 on images that are no square', async (t) => {
  const folder = await copyOf(t, 'golden/hf-dinov2');
  const expected = await tensorsOf(path.join(folder, 'expected.safetensors'));
  await rm(path.join(folder, 'expected.safetensors'));
  await writeFile(
    path.join(folder, 'preprocessor_config.json'),
    JSON.stringify({ image_processor_type: 'BitImageProcessor', crop_size: { height: 56, width: 84 } }),
  );
  const checkpoint = await loadCheckpoint(folder);
  assert.match(checkpoint.notes[0]!, /5x5 position embeddings are interpolated to 4x6 as transformers does/);
  const outputs = await forward('onnx-cpu', checkpoint, expected['alt.pixel_values']!);
  for (const [output, tensor] of Object.entries(outputs)) {
    const name = output === 'pooled' ? 'classifier_input' : output;
    assertClose(tensor, expected[`alt.${name}`]!, tolerance, output);
  }
});
