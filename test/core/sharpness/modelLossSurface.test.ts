/** The loss surface of a small vision transformer on the reference runtime, against differences of its own values. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { openRuntime } from '../../../src/core/compute/open';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import {
  type DeviceTensor,
  type Group,
  type HostTensor,
  isDeviceTensor,
  type Runtime,
  sizeOf,
} from '../../../src/core/compute/runtime';
import { dot, norm } from '../../../src/core/linearAlgebra/matrix';
import { createVit } from '../../../src/core/models/vit';
import { createRandom } from '../../../src/core/random';
import { lossPrograms } from '../../../src/core/sharpness/lossPrograms';
import { evenBatch, flattenParameters, modelLossSurface } from '../../../src/core/sharpness/modelLossSurface';
import { randomDirection } from '../../../src/core/sharpness/sam';
import { measureSharpness } from '../../../src/core/sharpness/sharpness';
import { logSumExp } from '../../../src/core/similarity/logits';

const model = createVit({
  width: 8,
  depth: 2,
  heads: 2,
  mlpWidth: 12,
  activation: 'gelu',
  layerNormEpsilon: 1e-6,
  attentionBias: true,
  image: { height: 8, width: 8 },
  patch: { height: 4, width: 4 },
  classes: 3,
});
const random = createRandom(5);
const draw = (count: number, scale: number): Float32Array =>
  Float32Array.from({ length: count }, () => scale * random.normal());
const samples = { images: draw(5 * 3 * 8 * 8, 1), labels: [0, 2, 1, 1, 0] };
const parameters: Group<HostTensor> = Object.fromEntries(
  Object.entries(model.parameters).map(([name, { shape, dtype }]) => {
    const data = draw(sizeOf(shape), 0.4);
    return [name, { shape, dtype, data: /norm.*weight/.test(name) ? data.map((v) => v + 1) : data }];
  }),
);
const runtime = createReferenceRuntime();
const programs = lossPrograms(runtime, model, 2);
const surface = modelLossSurface(programs, samples);
let w: Float32Array;

test.before(async () => {
  w = await flattenParameters(model.parameters, parameters);
});

test('the loss is the mean cross-entropy of the logits, every image counting the same', async () => {
  const images: HostTensor = { shape: [5, 3, 8, 8], dtype: 'float32', data: samples.images };
  const forward = await runtime.compile(
    (inputs) => ({ out: { logits: model.forward(inputs.parameters!, inputs.batch!.images!).logits } }),
    { parameters: model.parameters, batch: { images: { shape: images.shape, dtype: 'float32' } } },
  );
  const { out } = await forward.run({ parameters, batch: { images } });
  const logits = (await out!.logits!.read()) as Float32Array;
  let expected = 0;
  samples.labels.forEach((label, i) => {
    const row = logits.subarray(3 * i, 3 * i + 3);
    expected += (logSumExp(row) - row[label]!) / 5;
  });
  near(await surface.loss(w), expected, 1e-6);
  near((await surface.lossAndGradient(w)).loss, expected, 1e-6);
});

test('the gradient is the slope of the loss in every direction tried', async () => {
  const { gradient } = await surface.lossAndGradient(w);
  assert.equal(gradient.length, surface.size);
  for (const seed of [1, 2, 3]) {
    const v = randomDirection(surface.size, 1, seed);
    const step = 0.02;
    const slope = ((await surface.loss(moved(v, step))) - (await surface.loss(moved(v, -step)))) / (2 * step);
    near(dot(gradient, v), slope, 2e-3 * norm(gradient));
  }
});

test('whatever the number of batches, vectors go to the device once and come back once', async (t) => {
  const seen: (HostTensor | DeviceTensor)[] = [];
  let onDevice = 0;
  let reads = 0;
  const recording: Runtime = {
    ...runtime,
    compile: async (...parts) => {
      const program = await runtime.compile(...parts);
      return {
        run: async (inputs) => {
          const { parameters: weights = {}, vector = {} } = inputs;
          seen.push(...Object.values(weights), ...Object.values(vector));
          const outputs = await program.run(inputs);
          for (const tensor of Object.values(outputs).flatMap((group) => Object.values(group))) {
            const read = () => Object.getPrototypeOf(tensor).read.call(tensor);
            Object.assign(tensor, { read: () => ++reads && read() });
          }
          return outputs;
        },
        dispose: () => program.dispose(),
      };
    },
    upload: (host) => {
      const tensor = runtime.upload(host);
      onDevice++;
      return Object.assign(tensor, {
        dispose: () => {
          onDevice--;
        },
      });
    },
  };
  const own = lossPrograms(recording, model, 2);
  t.after(() => own.dispose());
  const watched = modelLossSurface(own, samples);
  const ofBatches = onDevice;
  const product = await watched.hessianVector(w, draw(watched.size, 1));
  assert.equal(product.length, watched.size);
  const tensors = 2 * Object.keys(model.parameters).length;
  assert.equal(seen.length, 3 * tensors);
  assert.equal(new Set(seen).size, tensors);
  assert.ok(seen.every(isDeviceTensor));
  assert.equal(reads, Object.keys(model.parameters).length);
  assert.equal(onDevice, ofBatches);
  watched.dispose();
  assert.equal(onDevice, 0);
});

test('the Hessian-vector product is the slope of the gradient', async () => {
  for (const seed of [1, 2]) {
    const v = randomDirection(surface.size, 1, seed);
    const step = 0.01;
    const [up, down] = [
      await surface.lossAndGradient(moved(v, step)),
      await surface.lossAndGradient(moved(v, -step)),
    ];
    const slope = up.gradient.map((g, i) => (g - down.gradient[i]!) / (2 * step));
    const product = await surface.hessianVector(w, v);
    const error = norm(product.map((h, i) => h - slope[i]!)) / norm(product);
    assert.ok(error < 3e-3, String(error));
  }
});

test('the batch size changes nothing: the last batch is filled up with images that weigh nothing', async () => {
  const whole = lossPrograms(runtime, model, 5);
  const same = modelLossSurface(whole, samples);
  const v = randomDirection(surface.size, 1, 9);
  const [a, b] = [await surface.hessianVector(w, v), await same.hessianVector(w, v)];
  assert.ok(norm(a.map((h, i) => h - b[i]!)) < 1e-5 * norm(a));
  near(await same.loss(w), await surface.loss(w), 1e-6);
  await whole.dispose();
});

test('the onnx runtime gives what the reference runtime gives', async () => {
  const onnx = await openRuntime('onnx-cpu', { threads: 1 });
  const compiled = lossPrograms(onnx, model, 2);
  const same = modelLossSurface(compiled, samples);
  const v = randomDirection(surface.size, 1, 9);
  const pairs = [
    [await surface.hessianVector(w, v), await same.hessianVector(w, v)],
    [(await surface.lossAndGradient(w)).gradient, (await same.lossAndGradient(w)).gradient],
  ] as const;
  for (const [a, b] of pairs) assert.ok(norm(a.map((h, i) => h - b[i]!)) < 1e-5 * norm(a));
  near(await same.loss(w), await surface.loss(w), 1e-6);
  same.dispose();
  await compiled.dispose();
  await onnx.dispose();
});

test('all figures of a model, which is left as it was', async () => {
  const before = w.slice();
  const found = await measureSharpness(surface, w, { lanczosSteps: 40 });
  assert.deepEqual(w, before);
  assert.equal(found.n, 5);
  assert.equal(found.why, undefined);
  assert.ok(found.topEigenvalue! > 0 && found.smallestEigenvalue! < found.topEigenvalue!);
  const { gradient } = await surface.lossAndGradient(w);
  // Second order: the gradient's share of the rise at least, and what top curvature can add to it at most.
  const linear = 0.05 * norm(gradient);
  assert.ok(found.samWorstCase! > 0.95 * linear, `${found.samWorstCase} ${linear}`);
  assert.ok(found.samWorstCase! < 1.1 * (linear + (0.05 ** 2 / 2) * found.topEigenvalue!));
});

test('weights that are not numbers give nulls and the reason', async () => {
  const broken = w.slice();
  broken[3] = Number.NaN;
  const found = await measureSharpness(surface, broken);
  assert.deepEqual([found.loss, found.samWorstCase, found.topEigenvalue], [null, null, null]);
  assert.match(found.why ?? '', /loss is NaN/);
});

test('sizes and labels that do not fit are refused, cancelling stops between batches', async () => {
  assert.throws(() => modelLossSurface(programs, { ...samples, labels: [0, 1] }), /not 2 images/);
  assert.throws(
    () => modelLossSurface(programs, { ...samples, labels: [0, 1, 3, 0, 0] }),
    /label 3 of image 2/,
  );
  const cancelled = modelLossSurface(programs, samples, AbortSignal.abort(new Error('enough')));
  await assert.rejects(cancelled.loss(w), /enough/);
  await assert.rejects(surface.loss(w.subarray(1)), /parameters/);
});

test('an even batch wastes little', () => {
  assert.deepEqual(
    [evenBatch(480, 64), evenBatch(65, 64), evenBatch(3, 64), evenBatch(128, 64)],
    [60, 33, 3, 64],
  );
});

function moved(v: Float32Array, step: number): Float32Array {
  return w.map((weight, i) => weight + step * v[i]!);
}

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to ${tolerance}`);
}
