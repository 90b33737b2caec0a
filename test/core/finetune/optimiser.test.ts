import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradient } from '../../../src/core/compute/differentiate';
import { softmaxCrossEntropy } from '../../../src/core/compute/operations/crossEntropy';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import type { Group, HostTensor } from '../../../src/core/compute/runtime';
import { adamScalars, adamW, clipFactor, globalNorm, isDecayed } from '../../../src/core/finetune/optimiser';
import { defaultLearningRate, learningRate } from '../../../src/core/finetune/schedule';

const torch = JSON.parse(readFileSync(path.join(import.meta.dirname, 'fixtures/adamw.json'), 'utf8')) as {
  W: number[][];
  b: number[];
  X: number[][];
  y: number[];
  lr: number;
  weightDecay: number;
  clip: number;
  labelSmoothing: number;
  norms: number[];
  losses: number[];
  W20: number[][];
  b20: number[];
};

function tensor(values: number[] | number[][]): HostTensor {
  const flat = values.flat();
  const shape = Array.isArray(values[0]) ? [values.length, values[0].length] : [values.length];
  return { shape, dtype: 'float32', data: Float32Array.from(flat) };
}

function zerosLike(group: Group<HostTensor>): Group<HostTensor> {
  return Object.fromEntries(
    Object.entries(group).map(([name, { shape, data }]) => [
      name,
      { shape, dtype: 'float32' as const, data: new Float32Array(data.length) },
    ]),
  );
}

function assertAllClose(
  actual: ArrayLike<number>,
  expected: readonly number[],
  rtol: number,
  atol: number,
): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    const error = Math.abs(actual[i]! - value);
    assert.ok(error <= atol + rtol * Math.abs(value), `entry ${i}: ${actual[i]} is not ${value}`);
  });
}

test('20 clipped steps of AdamW agree with PyTorch in loss, gradient norm and weights', async () => {
  const parameters = { W: tensor(torch.W), b: tensor(torch.b) };
  const scalar = { shape: [], dtype: 'float32' as const };
  const batch = {
    x: tensor(torch.X),
    targets: tensor(
      torch.y.map((label) =>
        [0, 1].map((c) => (c === label ? 1 - torch.labelSmoothing : 0) + torch.labelSmoothing / 2),
      ),
    ),
  };
  const program = await createReferenceRuntime().compile(
    (inputs) => {
      const { value, gradient } = valueAndGradient(({ W, b }) => {
        const logits = tf.add(tf.matMul(inputs.batch!.x!, W!, false, true), b!);
        return tf.mean(softmaxCrossEntropy(logits, inputs.batch!.targets!));
      }, inputs.parameters!);
      const norm = globalNorm(gradient);
      const { stepSize, epsilon, keep } = inputs.scalars!;
      const scalars = { stepSize: stepSize!, epsilon: epsilon!, keep: keep! };
      const factor = clipFactor(norm, torch.clip);
      return {
        ...adamW(inputs.parameters!, gradient, inputs.first!, inputs.second!, scalars, factor),
        metrics: { value, norm },
      };
    },
    {
      parameters,
      first: parameters,
      second: parameters,
      batch,
      scalars: { stepSize: scalar, epsilon: scalar, keep: scalar },
    },
  );
  let state: Parameters<typeof program.run>[0] = {
    parameters,
    first: zerosLike(parameters),
    second: zerosLike(parameters),
  };
  for (let step = 0; step < 20; step++) {
    const scalars = Object.fromEntries(
      Object.entries(adamScalars(torch.lr, torch.weightDecay, step)).map(([name, value]) => [
        name,
        { ...scalar, data: Float32Array.of(value) },
      ]),
    );
    const { metrics, ...next } = await program.run({ ...state, batch, scalars });
    assertAllClose(await metrics!.value!.read(), [torch.losses[step]!], 1e-5, 0);
    assertAllClose(await metrics!.norm!.read(), [torch.norms[step]!], 1e-5, 0);
    state = next;
  }
  const last = state.parameters as Group<{ read(): Promise<ArrayLike<number>> }>;
  assertAllClose(await last.W!.read(), torch.W20.flat(), 1e-5, 1e-6);
  assertAllClose(await last.b!.read(), torch.b20, 1e-5, 1e-6);
});

test('only matrices are decayed', () => {
  assert.deepEqual(
    [isDecayed([4]), isDecayed([]), isDecayed([4, 4]), isDecayed([2, 3, 4])],
    [false, false, true, true],
  );
});

test('the rate rises to its peak in the warm-up and falls to 0 by half a cosine', () => {
  const schedule = { peak: 2, steps: 110, warmup: 0.1 };
  const rates = Array.from({ length: 111 }, (_, step) => learningRate(schedule, step));
  assertAllClose(rates.slice(0, 3), [2 / 11, 4 / 11, 6 / 11], 1e-12, 0);
  assert.equal(rates[10], 2);
  assert.equal(rates[11], 2);
  assertAllClose([rates[11 + 33]!], [1 + Math.cos(Math.PI / 3)], 1e-12, 0);
  assertAllClose([rates[110]!], [0], 0, 1e-12);
  assert.ok(rates[109]! > 0, 'the last step still learns');
  assert.equal(learningRate({ peak: 2, steps: 10, warmup: 0 }, 0), 2);
  assert.equal(learningRate({ peak: 2, steps: 1, warmup: 0.1 }, 0), 2);
});

test('the default rate falls with the width and is never above that of the smallest network', () => {
  const rate = (width: number) => defaultLearningRate({ width, buffers: [] });
  assertAllClose([96, 384, 768].map(rate), [2e-3, 2.5e-4, 2e-3 / 8 ** 1.5], 1e-12, 0);
  assert.equal(rate(32), 2e-3);
});

test('a network with batch norms is not taken for wider than its inner layers', () => {
  const rate = (width: number) => defaultLearningRate({ width, buffers: ['stem.norm.mean'] });
  assert.equal(rate(2048), rate(512));
  assertAllClose([rate(2048)], [1.62e-4], 5e-3, 0);
  assert.equal(rate(96), 2e-3);
});
