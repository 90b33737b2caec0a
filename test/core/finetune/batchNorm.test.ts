/** Running statistics through a training step: they are state, but nothing that a gradient or the optimiser touches. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { openRuntime } from '../../../src/core/compute/open';
import {
  type DeviceTensor,
  type Group,
  type Groups,
  type HostTensor,
  mapGroups,
} from '../../../src/core/compute/runtime';
import { initialState } from '../../../src/core/finetune/optimisation';
import { compileStep } from '../../../src/core/finetune/step';
import { scalarInputs } from '../../../src/core/finetune/stepInputs';
import { frozenParameters, type StepPlan, stateSignature } from '../../../src/core/finetune/stepState';
import { loadTrainingState, saveTrainingState } from '../../../src/core/finetune/trainingState';
import type { VisionModel } from '../../../src/core/models/model';
import { batchNormParameters, classes, draw, batchNormModel as model, side, width } from './batchNormModel';

const batch = 6;
const pretrained = batchNormParameters(1);
const images = draw([batch, 3, side, side], 7, 1);
const targets: HostTensor = {
  shape: [batch, classes],
  dtype: 'float32',
  data: Float32Array.from({ length: batch * classes }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)),
};
const scalars = {
  stepSize: 1e-2,
  epsilon: 1e-3,
  keep: 0.9,
  lambda: 0.5,
  rotationStepSize: 0,
  rotationEpsilon: 1e-3,
};

function plan(settings: Partial<StepPlan['settings']>, rest: Partial<StepPlan> = {}): StepPlan {
  return {
    model,
    settings: { method: 'full', objective: 'feature', rotation: 'identity', clip: 0, batch, ...settings },
    kept: [],
    frozen: 'unused',
    ...rest,
  };
}

/** One step, or some, from `state`: the next state and the metrics, in ordinary memory. In between it stays where the runtime has it. */
async function stepOnce(
  step: StepPlan,
  state: Groups<HostTensor>,
  runtimeName: 'reference' | 'onnx-cpu' = 'reference',
  steps = 1,
): Promise<Groups<HostTensor>> {
  const runtime = await openRuntime(runtimeName, { threads: 1 });
  try {
    const program = await compileStep(runtime, step);
    const frozen = Object.fromEntries(
      Object.keys(frozenParameters(step)).map((name) => [name, pretrained[name]!]),
    );
    let outputs: Groups<DeviceTensor> = mapGroups(state, (tensor) => runtime.upload(tensor));
    for (let i = 0; i < steps; i++) {
      const { metrics: _, ...before } = outputs;
      outputs = await program.run({
        ...before,
        batch: { images, targets },
        scalars: scalarInputs(step, scalars),
        ...(step.frozen === 'computed' && { frozen }),
      });
      mapGroups(before, (tensor) => tensor.dispose());
    }
    const read: Record<string, Record<string, HostTensor>> = {};
    for (const [group, members] of Object.entries(outputs)) {
      read[group] = {};
      for (const [name, tensor] of Object.entries(members)) {
        const data = (await tensor.read()).slice() as Float32Array<ArrayBuffer>;
        read[group][name] = { shape: tensor.shape, dtype: 'float32', data };
      }
    }
    return read;
  } finally {
    await runtime.dispose();
  }
}

/** What the first layer gives: `[batch][width]`, in float64. */
function stem(parameters: Group<HostTensor>): number[][] {
  const length = 3 * side * side;
  return Array.from({ length: batch }, (_, i) =>
    Array.from({ length: width }, (_, j) => {
      let sum = 0;
      for (let k = 0; k < length; k++)
        sum += images.data[i * length + k]! * parameters['stem.weight']!.data[j * length + k]!;
      return sum;
    }),
  );
}

for (const runtimeName of ['reference', 'onnx-cpu'] as const) {
  test(`a step gives new running statistics, from the batch alone (${runtimeName})`, async () => {
    const step = plan({});
    const next = await stepOnce(step, initialState(step, pretrained), runtimeName);
    const rows = stem(pretrained);
    for (let j = 0; j < width; j++) {
      const column = rows.map((row) => row[j]!);
      const mean = column.reduce((sum, x) => sum + x / batch, 0);
      const variance = column.reduce((sum, x) => sum + (x - mean) ** 2 / (batch - 1), 0);
      near(next.buffers!['norm.mean']!.data[j]!, 0.9 * pretrained['norm.mean']!.data[j]! + 0.1 * mean);
      const before = pretrained['norm.variance']!.data[j]!;
      near(next.buffers!['norm.variance']!.data[j]!, 0.9 * before + 0.1 * variance);
    }
    assert.deepEqual(Object.keys(next.parameters!).sort(), [
      'head.bias',
      'head.weight',
      'norm.bias',
      'norm.weight',
      'stem.weight',
    ]);
    for (const group of ['first', 'second'] as const)
      assert.deepEqual(Object.keys(next[group]!), Object.keys(next.parameters!));
  });
}

for (const runtimeName of ['reference', 'onnx-cpu'] as const) {
  test(`a buffer that a pass gives no new value stays, over several steps (${runtimeName})`, async () => {
    const still: VisionModel = {
      ...model,
      forward(parameters, pixels, mode) {
        const { updates, ...pass } = model.forward(parameters, pixels, mode);
        return { ...pass, ...(updates && { updates: { 'norm.mean': updates['norm.mean']! } }) };
      },
    };
    const step = plan({}, { model: still });
    const { metrics: _, ...once } = await stepOnce(step, initialState(step, pretrained), runtimeName);
    const twice = await stepOnce(step, initialState(step, pretrained), runtimeName, 2);
    assert.deepEqual(twice.buffers!['norm.variance']!.data, pretrained['norm.variance']!.data);
    assert.notDeepEqual(twice.buffers!['norm.mean']!.data, once.buffers!['norm.mean']!.data);
  });
}

test('training takes the statistics of the batch: the loss does not depend on the running ones', async () => {
  const step = plan({});
  const state = initialState(step, pretrained);
  const other = { ...state, buffers: batchNormParameters(3) as Group<HostTensor> };
  const { 'norm.mean': mean, 'norm.variance': variance } = other.buffers;
  const a = await stepOnce(step, state);
  const b = await stepOnce(step, { ...state, buffers: { 'norm.mean': mean!, 'norm.variance': variance! } });
  assert.deepEqual(a.metrics, b.metrics);
  assert.deepEqual(a.parameters, b.parameters);
  assert.notDeepEqual(a.buffers, b.buffers);
});

test('the frozen network runs in evaluation, with its own running statistics', async () => {
  const step = plan({ method: 'repsim' }, { kept: ['final'], frozen: 'computed' });
  const { metrics } = await stepOnce(step, initialState(step, pretrained));
  const rows = stem(pretrained);
  const p = (name: string, j: number) => pretrained[name]!.data[j]!;
  const finalOf = (means: number[], variances: number[]) =>
    rows.map((row) =>
      row.map((x, j) => {
        const normal = (x - means[j]!) / Math.sqrt(variances[j]! + 1e-5);
        return 2 * Math.max(0, normal * p('norm.weight', j) + p('norm.bias', j));
      }),
    );
  const columns = Array.from({ length: width }, (_, j) => rows.map((row) => row[j]!));
  const means = columns.map((column) => column.reduce((sum, x) => sum + x / batch, 0));
  const variances = columns.map((column, j) =>
    column.reduce((sum, x) => sum + (x - means[j]!) ** 2 / batch, 0),
  );
  const trained = centred(finalOf(means, variances));
  const frozen = centred(finalOf([...pretrained['norm.mean']!.data], [...pretrained['norm.variance']!.data]));
  const squares = (x: number[][]) => x.flat().reduce((sum, v) => sum + v * v, 0);
  const expected = squares(trained.map((row, i) => row.map((v, j) => v - frozen[i]![j]!))) / squares(frozen);
  near(metrics!.similarityLoss!.data[0]!, expected);
});

test('under a linear probe the body stays in evaluation and no running statistic moves', async () => {
  const step = plan({ method: 'linear' }, { frozen: 'computed' });
  const signature = stateSignature(step);
  assert.equal(signature.buffers, undefined);
  assert.deepEqual(Object.keys(signature.parameters!), ['head.weight', 'head.bias']);
  assert.ok('norm.mean' in frozenParameters(step));
  const next = await stepOnce(step, initialState(step, pretrained));
  assert.equal(next.buffers, undefined);
});

test('a state that was written and read again goes on to the bit, weights and statistics with it', async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'repsim-state-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const step = plan({});
  const { metrics: _, ...first } = await stepOnce(step, initialState(step, pretrained));
  await saveTrainingState(folder, first, 1);
  const { state, step: done } = await loadTrainingState(folder, step);
  assert.equal(done, 1);
  const { parameters, buffers } = first as { parameters: Group<HostTensor>; buffers: Group<HostTensor> };
  assert.deepEqual(await stepOnce(step, { ...state, parameters, buffers }), await stepOnce(step, first));
});

function centred(rows: number[][]): number[][] {
  const means = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]! / rows.length, 0));
  return rows.map((row) => row.map((v, j) => v - means[j]!));
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-6 + 2e-5 * Math.abs(expected), `${actual} is not ${expected}`);
}
