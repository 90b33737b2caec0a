/** Losses and their gradients against PyTorch's (fixtures/taskLoss.py makes the cases), and the answers that count as right. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { hessianVectorProduct, valueAndGradient } from '../../../src/core/compute/differentiate';
import { openRuntime } from '../../../src/core/compute/open';
import type { Group, HostTensor } from '../../../src/core/compute/runtime';
import { balancedWeights, targetRows, withMeanOne } from '../../../src/core/finetune/targets';
import { lossPerImage, rightPerImage } from '../../../src/core/finetune/taskLoss';
import type { Task } from '../../../src/protocol/tasks';
import reference from './fixtures/taskLoss.json';

const { n, classes } = reference;
const labels = Int32Array.from(reference.labels);
const several = Int32Array.from(reference.several);
const all = Int32Array.from({ length: n }, (_, i) => i);
const tensor = (shape: number[], data: ArrayLike<number>): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(data),
});
const logits = tensor([n, classes], reference.logits);

/** The mean loss and its gradient at the logits. */
async function compute(
  runtimeName: 'reference' | 'onnx-cpu',
  task: Task,
  batch: Group<HostTensor>,
): Promise<{ loss: number; gradient: ArrayLike<number> }> {
  const runtime = await openRuntime(runtimeName, { threads: 1 });
  try {
    const program = await runtime.compile(
      (inputs) => {
        const { targets, weights } = inputs.batch!;
        const found = valueAndGradient(
          ({ logits }) => tf.mean(lossPerImage(task, logits!, targets!, weights)),
          inputs.at!,
        );
        return { result: { loss: found.value, gradient: found.gradient.logits! } };
      },
      { at: { logits }, batch },
    );
    const { result } = await program.run({ at: { logits }, batch });
    return { loss: (await result!.loss!.read())[0]!, gradient: await result!.gradient!.read() };
  } finally {
    await runtime.dispose();
  }
}

const classTargets = tensor([n, classes], targetRows(labels, all, 'multi-class', classes, 0));
const severalTargets = (smoothing: number) =>
  tensor([n, classes], targetRows(several, all, 'multi-label', classes, smoothing));
const perImage = Float32Array.from(labels, (label) => reference.classWeights[label]!);
const presentWeights = tensor([classes], reference.presentWeights);
const cases: readonly [name: string, Task, Group<HostTensor>, { loss: number; gradient: number[] }][] = [
  ['cross-entropy', 'multi-class', { targets: classTargets }, reference.crossEntropy],
  [
    'levels in order have the cross-entropy too',
    'ordinal-regression',
    { targets: classTargets },
    reference.crossEntropy,
  ],
  [
    'cross-entropy with weights of the classes',
    'multi-class',
    { targets: classTargets, weights: tensor([n], withMeanOne(perImage)) },
    reference.weightedCrossEntropy,
  ],
  ['binary cross-entropy', 'multi-label', { targets: severalTargets(0) }, reference.binary],
  [
    'binary cross-entropy with weights of present labels',
    'multi-label',
    { targets: severalTargets(0), weights: presentWeights },
    reference.weightedBinary,
  ],
  [
    'the same, smoothed',
    'multi-label',
    { targets: severalTargets(0.1), weights: presentWeights },
    reference.weightedSoftBinary,
  ],
];
for (const runtimeName of ['reference', 'onnx-cpu'] as const) {
  for (const [name, task, batch, expected] of cases) {
    test(`${name}: value and gradient are PyTorch's (${runtimeName})`, async () => {
      const { loss, gradient } = await compute(runtimeName, task, batch);
      near(loss, expected.loss);
      expected.gradient.forEach((value, i) => {
        near(gradient[i]!, value);
      });
    });
  }
}

test('the second derivative of the binary loss is w t s (1 - s) and so on, in closed form', async () => {
  const runtime = await openRuntime('reference', {});
  const small = tensor([2, 2], [0.3, -1.2, 2, -0.1]);
  const targets = tensor([2, 2], [1, 0, 0, 1]);
  const weights = tensor([2], [3, 5]);
  const vector = tensor([2, 2], [1, 2, -1, 0.5]);
  const program = await runtime.compile(
    (inputs) => {
      const { product } = hessianVectorProduct(
        ({ z }) => tf.sum(lossPerImage('multi-label', z!, inputs.batch!.targets!, inputs.batch!.weights)),
        inputs.at!,
        inputs.vector!,
      );
      return { result: { product: product.z! } };
    },
    { at: { z: small }, vector: { z: vector }, batch: { targets, weights } },
  );
  const { result } = await program.run({
    at: { z: small },
    vector: { z: vector },
    batch: { targets, weights },
  });
  const product = await result!.product!.read();
  [0, 1, 2, 3].forEach((i) => {
    const s = 1 / (1 + Math.exp(-small.data[i]!));
    const factor = targets.data[i] === 1 ? weights.data[i % 2]! : 1;
    // The mean over two labels.
    near(product[i]!, (factor * s * (1 - s) * vector.data[i]!) / 2);
  });
});

test('an answer is right where no other class has a larger logit; of several labels each counts by itself', async () => {
  const runtime = await openRuntime('reference', {});
  const at = tensor([3, 2], [1, 1, 0, 2, -3, 0]);
  const of = async (task: Task, targets: HostTensor) => {
    const program = await runtime.compile(
      (inputs) => ({ result: { right: rightPerImage(task, inputs.at!.z!, inputs.at!.targets!) } }),
      { at: { z: at, targets } },
    );
    const { result } = await program.run({ at: { z: at, targets } });
    return [...(await result!.right!.read())];
  };
  assert.deepEqual(await of('multi-class', tensor([3, 2], [0, 1, 1, 0, 0, 1])), [1, 0, 1]);
  assert.deepEqual(await of('multi-label', tensor([3, 2], [1, 1, 1, 0, 0, 0])), [1, 0, 1]);
  assert.deepEqual(await of('multi-label', tensor([3, 2], [0, 1, 0, 1, 0, 1])), [0.5, 1, 0.5]);
});

test('balanced weights make all classes weigh alike, and present labels as much as absent ones', () => {
  const weights = balancedWeights(Int32Array.of(0, 0, 0, 1, 0, 2), 'multi-class', 3);
  assert.deepEqual([...weights], [0.5, 2, 2]);
  const rows = Int32Array.of(1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0);
  assert.deepEqual([...balancedWeights(rows, 'multi-label', 3)], [1, 3, 1]);
});

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 2e-6 + 1e-5 * Math.abs(expected), `${actual} is not ${expected}`);
}
