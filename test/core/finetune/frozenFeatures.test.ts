import assert from 'node:assert/strict';
import test from 'node:test';
import { openRuntime } from '../../../src/core/compute/open';
import { createFrozenFeatures } from '../../../src/core/finetune/frozenFeatures';
import { compileNetwork, type Network } from '../../../src/core/finetune/network';
import { loadCheckpoint } from '../../../src/core/models/checkpoint';
import { createRandom } from '../../../src/core/random';
import { checkpoint } from './tinyJob';

/** Random images `[n, 3, 32, 32]`. */
function images(n: number): Uint8Array {
  const random = createRandom(5);
  return Uint8Array.from({ length: n * 3 * 32 * 32 }, () => random.integer(256));
}

/** The network, and how many images went through it. */
async function counted(t: {
  after(fn: () => unknown): void;
}): Promise<{ network: Network; passed: () => number }> {
  const runtime = await openRuntime('onnx-cpu', { threads: 1 });
  const { model, preprocessing } = await loadCheckpoint(checkpoint);
  const network = await compileNetwork(runtime, model, preprocessing, 3);
  t.after(() => runtime.dispose());
  let passed = 0;
  return {
    passed: () => passed,
    network: {
      ...network,
      evaluate(...args) {
        passed += args[2].length;
        return network.evaluate(...args);
      },
    },
  };
}

test('each image goes through the frozen network once, however often it is asked for', async (t) => {
  const { network, passed } = await counted(t);
  const { parameters } = await loadCheckpoint(checkpoint);
  const features = createFrozenFeatures(network, parameters, ['block.1', 'final'], 10, true);
  const pixels = images(4);
  const keys = Int32Array.of(2, 7, 0, 19);
  assert.equal(features.has(keys), false);
  const first = await features.of(keys, pixels);
  assert.equal(passed(), 4);
  assert.equal(features.has(keys), true);
  assert.deepEqual(await features.of(keys, undefined), first, 'kept to the bit');

  const length = pixels.length / 4;
  const mixed = await features.of(Int32Array.of(19, 4), pixels.slice(2 * length));
  assert.equal(passed(), 5, 'only the new one was computed');
  assert.deepEqual(mixed.final!.slice(0, 48), first.final!.slice(3 * 48));
  const direct = await network.evaluate(
    parameters,
    { pixels: async () => pixels.slice(0, length) },
    [0],
    [{ group: 'cls', name: 'block.1' }],
  );
  direct[0]!.data.forEach((value, i) => {
    assert.ok(Math.abs(value - first['block.1']![i]!) < 1e-5);
  });
  await features.dispose();
});

test('features that are not to be kept are computed each time', async (t) => {
  const { network, passed } = await counted(t);
  const { parameters } = await loadCheckpoint(checkpoint);
  const features = createFrozenFeatures(network, parameters, ['final'], 10, false);
  const keys = Int32Array.of(2, 4);
  await features.of(keys, images(2));
  await features.of(keys, images(2));
  assert.equal(passed(), 4);
  assert.equal(features.has(keys), false);
  await features.dispose();
});
