/** Exact Hessian-vector products of the bundled vision transformer against differences of its gradients. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { openRuntime } from '../../../src/core/compute/open';
import { norm } from '../../../src/core/linearAlgebra/matrix';
import { hessianByDifferences } from '../../../src/core/sharpness/hessianByDifferences';
import { openLossModel } from '../../../src/core/sharpness/lossModel';
import { lossPrograms } from '../../../src/core/sharpness/lossPrograms';
import { modelLossSurface } from '../../../src/core/sharpness/modelLossSurface';
import { randomDirection } from '../../../src/core/sharpness/sam';

const samples = path.join(import.meta.dirname, '../../../samples');

test('both agree to 1e-3, along the gradient, along the product, and along random directions', async () => {
  const {
    checkpoint,
    weights,
    samples: images,
  } = await openLossModel(path.join(samples, 'fashion-vit-tiny'), {
    data: path.join(samples, 'fashion.npz'),
    ...{ splits: ['test'], limit: 16, seed: 0 },
  });
  const before = weights.slice();
  const runtime = await openRuntime('onnx-cpu', { threads: 1 });
  const programs = lossPrograms(runtime, checkpoint.model, 16);
  const surface = modelLossSurface(programs, images[0]!);
  const differences = hessianByDifferences(surface);
  try {
    const { gradient } = await surface.lossAndGradient(weights);
    const directions = {
      gradient,
      product: await surface.hessianVector(weights, gradient),
      'random 1': randomDirection(weights.length, 1, 1),
      'random 2': randomDirection(weights.length, 3, 2),
    };
    for (const [name, v] of Object.entries(directions)) {
      const exact = await surface.hessianVector(weights, v);
      const found = await differences.hessianVector(weights, v);
      const error = norm(exact.map((entry, i) => entry - found[i]!)) / norm(exact);
      assert.ok(error < 1e-3, `${name}: ${error}`);
    }
    assert.deepEqual(weights, before);
  } finally {
    surface.dispose();
    await programs.dispose();
    await runtime.dispose();
  }
});

test('a step that fails half way leaves the weights as they were', async () => {
  const weights = randomDirection(40, 1, 5);
  const before = weights.slice();
  let calls = 0;
  const failing = hessianByDifferences({
    ...{ size: 40, n: 1, loss: async () => 0, hessianVector: async (_: Float32Array, v: Float32Array) => v },
    lossAndGradient: async (w) => {
      calls++;
      if (calls === 2) throw new Error('out of memory');
      return { loss: 0, gradient: w.slice() };
    },
  });
  await assert.rejects(failing.hessianVector(weights, randomDirection(40, 1, 6)), /out of memory/);
  assert.deepEqual(weights, before);
});
