import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { valueExtrasAndGradient } from '../../../src/core/compute/differentiate';
import { openRuntime } from '../../../src/core/compute/open';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import type { DeviceTensor, HostTensor } from '../../../src/core/compute/runtime';
import { centreColumns, squaredNorm } from '../../../src/core/finetune/objectives/centre';
import { covarianceDistance } from '../../../src/core/finetune/objectives/covariance';
import { featureDistance } from '../../../src/core/finetune/objectives/feature';
import { nuclearNorm, procrustesDistance } from '../../../src/core/finetune/objectives/procrustes';
import { boundedGenerator, cayley, rotationStep } from '../../../src/core/finetune/objectives/rotation';
import { adamScalars } from '../../../src/core/finetune/optimiser';
import { createRandom } from '../../../src/core/random';

const golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'fixtures/reference-values.json'), 'utf8'),
) as {
  X: number[][];
  Y: number[][];
  cayley: { Q: number[][]; R_exact_peft: number[][] };
  repsim_minimum_over_R: Record<'procrustes_min' | 'at_identity' | 'cov_min' | 'cov_at_identity', number>;
};
const minimum = golden.repsim_minimum_over_R;
const threeColumns = golden.Y.map((row) => row.slice(0, 3));
/** X with its last column negated: the best orthogonal map to Y is then a rotation, which the learned form can reach. */
const mirrored = golden.X.map(([a, b, c]) => [a!, b!, -c!]);

function matrix(rows: number[][]): HostTensor {
  return {
    shape: [rows.length, rows[0]!.length],
    dtype: 'float32',
    data: Float32Array.from(rows.flat()),
  };
}

function gaussian(rows: number, columns: number, seed: number, scale = 1): HostTensor {
  const random = createRandom(seed);
  const data = Float32Array.from({ length: rows * columns }, () => scale * random.normal());
  return { shape: [rows, columns], dtype: 'float32', data };
}

/** Evaluates a function of tensors on the reference runtime. */
async function evaluate(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor,
  ...inputs: HostTensor[]
): Promise<Float32Array> {
  const named = Object.fromEntries(inputs.map((input, i) => [String(i), input]));
  const runtime = createReferenceRuntime();
  const program = await runtime.compile(
    ({ x }) => ({ y: { value: fn(...inputs.map((_, i) => x![String(i)]!)) } }),
    { x: named },
  );
  return (await (await program.run({ x: named })).y!.value!.read()) as Float32Array;
}

function assertClose(actual: number, expected: number, rtol: number, atol = 0): void {
  assert.ok(
    Math.abs(actual - expected) <= atol + rtol * Math.abs(expected),
    `${actual} is not ${expected} within ${rtol} relative and ${atol} absolute`,
  );
}

const squaredNormOf = (x: HostTensor) => evaluate((tensor) => squaredNorm(centreColumns(tensor)), x);
const covarianceNormOf = (x: HostTensor) =>
  evaluate((tensor) => {
    const centred = centreColumns(tensor);
    return squaredNorm(tf.matMul(centred, centred, true, false));
  }, x);

test('the Cayley transform turns the way the reference does and is solved exactly', async () => {
  const rotation = await evaluate(cayley, matrix(golden.cayley.Q));
  golden.cayley.R_exact_peft.flat().forEach((expected, i) => {
    assertClose(rotation[i]!, expected, 0, 1e-6);
  });
});

test('the Cayley transform is orthogonal for every generator, once bounded', async () => {
  for (const scale of [0, 1e-4, 0.01, 0.1, 1, 100]) {
    const error = await evaluate(
      (x) => {
        const rotation = cayley(boundedGenerator(tf.sub(x, tf.transpose(x))));
        return tf.max(tf.abs(tf.sub(tf.matMul(rotation, rotation, true, false), tf.eye(40))));
      },
      gaussian(40, 40, 7, scale),
    );
    assert.ok(error[0]! < 2e-6, `scale ${scale}: R'R differs from I by ${error[0]}`);
  }
});

test('the Cayley transform compiles for layers as wide as those of real networks', async () => {
  const runtime = await openRuntime('onnx-cpu', { threads: 1 });
  try {
    const width = 320;
    const x = { q: gaussian(width, width, 3, 1e-4) };
    const program = await runtime.compile(
      ({ x }) => {
        const rotation = cayley(tf.sub(x!.q!, tf.transpose(x!.q!)));
        return { y: { gram: tf.matMul(rotation, rotation, true, false) } };
      },
      { x },
    );
    const gram = (await (await program.run({ x })).y!.gram!.read()) as Float32Array;
    gram.forEach((value, i) => {
      assertClose(value, i % (width + 1) === 0 ? 1 : 0, 0, 1e-5);
    });
  } finally {
    await runtime.dispose();
  }
});

test('without rotation the objectives have the reference value at the identity', async () => {
  const [x, y] = [matrix(golden.X), matrix(threeColumns)];
  const feature = await evaluate((f, f0) => featureDistance(centreColumns(f), centreColumns(f0)), y, x);
  assertClose(feature[0]! * (await squaredNormOf(x))[0]!, minimum.at_identity, 1e-5);
  const covariance = await evaluate((f, f0) => covarianceDistance(centreColumns(f), centreColumns(f0)), y, x);
  assertClose((covariance[0]! * (await covarianceNormOf(x))[0]!) / 81, minimum.cov_at_identity, 1e-5);
});

test('the closed form is the Procrustes minimum, reflections included', async () => {
  const y = matrix(threeColumns);
  for (const x of [matrix(golden.X), matrix(mirrored)]) {
    const distance = await evaluate((f, f0) => procrustesDistance(centreColumns(f), centreColumns(f0)), y, x);
    assertClose(distance[0]! * (await squaredNormOf(x))[0]!, minimum.procrustes_min, 1e-5);
  }
});

test('the closed form is 0 for a rotated copy, also with fewer images than features', async () => {
  for (const [n, d] of [
    [64, 12],
    [8, 24],
  ] as const) {
    const distance = await evaluate(
      (f0, generator) => {
        const centred = centreColumns(f0);
        const turn = cayley(boundedGenerator(tf.sub(generator, tf.transpose(generator))));
        return procrustesDistance(tf.matMul(centred, turn), centred);
      },
      gaussian(n, d, 1),
      gaussian(d, d, 2),
    );
    assertClose(distance[0]!, 0, 0, 2e-5);
  }
});

test('the gradient of the nuclear norm agrees with differences', async () => {
  const x = gaussian(4, 6, 3);
  const runtime = createReferenceRuntime();
  const program = await runtime.compile(
    ({ p }) => {
      const { value, gradient } = valueExtrasAndGradient(
        (q) => ({ loss: nuclearNorm(q.x!), extras: {} }),
        p as { x: tf.Tensor },
      );
      return { out: { value, gradient: gradient.x! } };
    },
    { p: { x } },
  );
  const at = async (data: Float32Array) => {
    const { out } = await program.run({ p: { x: { ...x, data } } });
    return { value: (await out!.value!.read())[0]!, gradient: await out!.gradient!.read() };
  };
  const { gradient } = await at(x.data as Float32Array);
  const step = 1e-2;
  for (let i = 0; i < 24; i += 5) {
    const [up, down] = [Float32Array.from(x.data), Float32Array.from(x.data)];
    up[i]! += step;
    down[i]! -= step;
    assertClose(gradient[i]!, ((await at(up)).value - (await at(down)).value) / (2 * step), 0, 2e-3);
  }
});

/** Learns R alone, for fixed features, and returns the smallest loss and the rotation. */
async function learnRotation(
  distance: (f: tf.Tensor, aligned: tf.Tensor) => tf.Tensor,
  f: HostTensor,
  f0: HostTensor,
  steps: number,
  rate: number,
): Promise<{ loss: number; rotation: Float32Array }> {
  const d = f.shape[1]!;
  const square = { shape: [d, d], dtype: 'float32' as const };
  const scalar = { shape: [], dtype: 'float32' as const };
  const program = await createReferenceRuntime().compile(
    ({ state, batch, scalars }) => {
      const [features, pretrained] = [centreColumns(batch!.f!), centreColumns(batch!.f0!)];
      const { value, gradient } = valueExtrasAndGradient(
        ({ rotation }) => ({ loss: distance(features, tf.matMul(pretrained, rotation!)), extras: {} }),
        { rotation: state!.rotation! },
      );
      const next = rotationStep(
        { rotation: state!.rotation!, first: state!.first!, second: state!.second! },
        gradient.rotation!,
        scalars!.stepSize!,
        scalars!.epsilon!,
      );
      return { metrics: { value }, state: { ...next } };
    },
    {
      state: { rotation: square, first: square, second: square },
      batch: { f, f0 },
      scalars: { stepSize: scalar, epsilon: scalar },
    },
  );
  const zeros = () => ({ ...square, data: new Float32Array(d * d) });
  const identity = zeros();
  for (let i = 0; i < d; i++) identity.data[i * d + i] = 1;
  let state: Record<string, HostTensor | DeviceTensor> = {
    rotation: identity,
    first: zeros(),
    second: zeros(),
  };
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    const scalars = adamScalars(rate * (1 - step / steps), 0, step);
    const host = (value: number) => ({ ...scalar, data: Float32Array.of(value) });
    const outputs = await program.run({
      state,
      batch: { f, f0 },
      scalars: { stepSize: host(scalars.stepSize), epsilon: host(scalars.epsilon) },
    });
    loss = (await outputs.metrics!.value!.read())[0]!;
    state = outputs.state!;
  }
  return { loss, rotation: (await (state.rotation as DeviceTensor).read()) as Float32Array };
}

function orthogonalityError(rotation: Float32Array, d: number): number {
  let worst = 0;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let product = 0;
      for (let k = 0; k < d; k++) product += rotation[k * d + i]! * rotation[k * d + j]!;
      worst = Math.max(worst, Math.abs(product - (i === j ? 1 : 0)));
    }
  }
  return worst;
}

test('the learned rotation reaches the minimum of both objectives from the identity', async () => {
  const [x, y] = [matrix(mirrored), matrix(threeColumns)];
  const feature = await learnRotation(featureDistance, y, x, 300, 0.05);
  assertClose(feature.loss * (await squaredNormOf(x))[0]!, minimum.procrustes_min, 1e-4);
  const covariance = await learnRotation(covarianceDistance, y, x, 300, 0.05);
  assertClose((covariance.loss * (await covarianceNormOf(x))[0]!) / 81, minimum.cov_min, 1e-4);
});

test('after 500 steps of noise R is still orthogonal, at the usual rate and far above it', async () => {
  for (const rate of [3e-3, 1]) {
    const { rotation } = await learnRotation(
      featureDistance,
      gaussian(16, 24, 1),
      gaussian(16, 24, 2),
      500,
      rate,
    );
    const error = orthogonalityError(rotation, 24);
    assert.ok(error < 1e-5, `rate ${rate}: R'R differs from I by ${error}`);
    const moved = rotation.reduce((sum, value, i) => sum + (value - (i % 25 === 0 ? 1 : 0)) ** 2, 0);
    assert.ok(moved > 0.1, 'R has left the identity');
  }
});
