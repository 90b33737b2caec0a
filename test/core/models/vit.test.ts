/** The network against PyTorch and transformers, through the oracle and through ONNX Runtime. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import type { HostTensor } from '../../../src/core/compute/runtime';
import { openNpz } from '../../../src/core/formats/npz';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { createVit } from '../../../src/core/models/vit';
import { assertClose, copyOf, fixtures, forward, runtimes, sample, tensorsOf } from './fixtures';

const float32Tolerance = 1e-5;

for (const runtime of runtimes) {
  test(`${runtime}: every block, embedding and logits are those of transformers`, async () => {
    const checkpoint = await loadCheckpoint(path.join(fixtures, 'hf-vit'));
    const { pixel_values: pixels, ...expected } = await tensorsOf(
      path.join(fixtures, 'hf-vit/expected.safetensors'),
    );
    const outputs = await forward(runtime, checkpoint, pixels!);
    assert.deepEqual(Object.keys(outputs), ['hidden.1', 'hidden.2', 'hidden.3', 'pooled', 'logits']);
    for (const [name, output] of Object.entries(outputs)) {
      assertClose(output, expected[name]!, float32Tolerance, name);
    }
  });

  for (const dtype of ['float16', 'bfloat16']) {
    test(`${runtime}: weights in ${dtype} give the logits that PyTorch has with them`, async (t) => {
      const checkpoint = await loadCheckpoint(await copyOf(t, 'hf-vit', `hf-vit-${dtype}`));
      const { pixel_values: pixels, logits: inFloat32 } = await tensorsOf(
        path.join(fixtures, 'hf-vit/expected.safetensors'),
      );
      const { logits: expected } = await tensorsOf(
        path.join(fixtures, `hf-vit-${dtype}/expected.safetensors`),
      );
      const { logits } = await forward(runtime, checkpoint, pixels!);
      assertClose(logits!, expected!, float32Tolerance, 'logits');
      assert.throws(() => assertClose(logits!, inFloat32!, float32Tolerance, 'logits'), 'rounding shows');
    });
  }

  for (const variant of ['modern', 'wrapped', 'bare', 'sharded']) {
    test(`${runtime}: the variant "${variant}" computes what PyTorch computes`, async () => {
      const folder = path.join(fixtures, 'variants', variant);
      const checkpoint = await loadCheckpoint(folder);
      const { pixel_values: pixels, ...expected } = await tensorsOf(
        path.join(folder, 'expected.safetensors'),
      );
      const outputs = await forward(runtime, checkpoint, pixels!);
      // Weights of deviation 1 make values of some hundred.
      for (const [name, output] of Object.entries(outputs)) assertClose(output, expected[name]!, 5e-4, name);
    });
  }
}

test('the bundled sample gives the logits that it had in PyTorch', async () => {
  const checkpoint = await loadCheckpoint(sample);
  const npz = await openNpz(path.join(fixtures, 'fashion-vit-tiny/reference_logits.npz'));
  const pixels = await npz.readAll('images');
  const n = npz.arrays.get('images')!.shape[0]!;
  const data = new Float32Array(n * 3 * 28 * 28);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < 3 * 784; k++) data[i * 3 * 784 + k] = Number(pixels[i * 784 + (k % 784)]) / 127.5 - 1;
  }
  const images: HostTensor = { shape: [n, 3, 28, 28], dtype: 'float32', data };
  const { logits } = await forward('onnx-cpu', checkpoint, images);
  const expected = (await npz.readAll('logits')) as Float32Array;
  await npz.close();
  assertClose(logits!, { shape: [n, 10], dtype: 'float32', data: expected }, 1e-4, 'logits');
});

test('a network without a head has no logits but all layers', async () => {
  const model = createVit({
    width: 4,
    depth: 2,
    heads: 2,
    mlpWidth: 8,
    activation: 'gelu',
    layerNormEpsilon: 1e-6,
    attentionBias: true,
    image: { height: 4, width: 4 },
    patch: { height: 2, width: 2 },
    classes: 0,
  });
  assert.deepEqual(model.layers, ['block.0', 'block.1', 'final']);
  assert.ok(Object.keys(model.parameters).every((name) => !name.startsWith('head.')));
});
