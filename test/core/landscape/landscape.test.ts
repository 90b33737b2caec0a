/** The whole job on small checkpoints: every kind of axes, resuming, NaN regions, and what is refused. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { finetune } from '../../../src/core/finetune/finetune';
import { landscape } from '../../../src/core/landscape/landscape';
import { keptCheckpoints } from '../../../src/core/landscape/marked';
import { openLossModel } from '../../../src/core/sharpness/lossModel';
import type { LandscapeRequest, LandscapeResult } from '../../../src/protocol/landscape';
import { checkpoint, labels, tinyRequest, tinyWorkspace, weightsOf, writeImages } from '../finetune/tinyJob';

async function workspaceOfFive(t: TestContext) {
  const { workspace } = await tinyWorkspace(t);
  const data = path.join(workspace, 'five.npz');
  await writeImages(data, { train: labels(20, 5), val: labels(10, 5), test: labels(10, 5) });
  const request: LandscapeRequest = { checkpoints: [checkpoint], data, runtime: 'onnx-cpu', threads: 1 };
  return { workspace, data, request };
}

test('a random slice on two splits: its middle is the model, the weights stay, the result is kept', async (t) => {
  const { workspace, request } = await workspaceOfFive(t);
  const before = await weightsOf(checkpoint);
  const result = await landscape({ ...request, steps: 5, splits: ['test', 'train'] }, { workspace });
  assert.deepEqual(await weightsOf(checkpoint), before);
  assert.deepEqual(result.x, [-1, -0.5, 0, 0.5, 1]);
  assert.deepEqual(result.y, [0]);
  assert.equal(result.complete, true);
  const [mark] = result.marks;
  assert.deepEqual([mark!.x, mark!.y, mark!.distance], [0, 0, 0]);
  near(result.loss[0]![0]![2]!, mark!.loss!, 1e-6);
  assert.equal(result.others![0]!.split, 'train');
  assert.equal(result.others![0]!.n, 20);
  assert.ok(result.loss[0]![0]!.every((loss) => loss !== null && loss > 0));
  assert.ok(result.accuracy[0]![0]!.every((part) => part! >= 0 && part! <= 1));

  const files = await readdir(path.join(workspace, '.repsim/landscape'));
  assert.equal(files.length, 1, String(files));
  const again = await landscape({ ...request, steps: 5, splits: ['test', 'train'] }, { workspace });
  assert.deepEqual(again, result);
});

test('a cancelled plane goes on where it was, and comes out the same', async (t) => {
  const { workspace, request } = await workspaceOfFive(t);
  const plane = { ...request, dims: 2 as const, steps: 5, limit: 4 };
  const controller = new AbortController();
  const seen: number[] = [];
  const onChanged = ({ points, complete }: LandscapeResult) => {
    assert.equal(complete, false);
    seen.push(points.done);
    if (points.done === 7) controller.abort(new Error('enough'));
  };
  await assert.rejects(landscape(plane, { workspace, signal: controller.signal, onChanged }), /enough/);
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
  const [points] = await readdir(path.join(workspace, '.repsim/landscape'));
  assert.match(points!, /\.points\.jsonl$/);
  const lines = (await readFile(path.join(workspace, '.repsim/landscape', points!), 'utf8')).trim();
  assert.equal(lines.split('\n').length, 7);

  seen.length = 0;
  const resumed = await landscape(plane, { workspace, onChanged: ({ points: p }) => seen.push(p.done) });
  assert.equal(seen[0], 7);
  const other = await workspaceOfFive(t);
  const whole = await landscape({ ...plane, data: other.data }, { workspace: other.workspace });
  assert.deepEqual(resumed.loss, whole.loss);
  assert.equal(resumed.loss[0]!.length, 5);
});

test('where the loss is not a number there is null, and why', async (t) => {
  const { workspace, request } = await workspaceOfFive(t);
  const result = await landscape({ ...request, steps: 3, range: 1e30, limit: 2 }, { workspace });
  const [row] = result.loss[0]!;
  assert.deepEqual([row![0], row![2]], [null, null]);
  assert.ok(row![1]! > 0);
  assert.equal(result.accuracy[0]![0]![0], null);
  assert.match(result.why ?? '', /not a finite number at 2 of 3 points/);
});

test('along the top eigenvector the loss curves by its eigenvalue', async (t) => {
  const { workspace, request } = await workspaceOfFive(t);
  const h = 0.02;
  const result = await landscape({ ...request, axes: 'hessian', dims: 2, steps: 3, range: h }, { workspace });
  const loss = result.loss[0]!;
  for (const [axis, ends] of [
    [result.xAxis, [loss[1]![0]!, loss[1]![2]!]],
    [result.yAxis!, [loss[0]![1]!, loss[2]![1]!]],
  ] as const) {
    near(axis.length[0]!, 1, 1e-4);
    const curvature = (ends[0] - 2 * loss[1]![1]! + ends[1]) / h ** 2;
    const [eigenvalue] = axis.eigenvalue as [number];
    assert.ok(Math.abs(curvature - eigenvalue) < 0.1 * eigenvalue, `${curvature} ${eigenvalue}`);
  }
});

test('a run: its trajectory, the way between two checkpoints, and two models on the same draws', async (t) => {
  const { workspace, data } = await tinyWorkspace(t);
  const { run } = await finetune(tinyRequest(data, { epochs: 3, keepCheckpoints: 1 }), { workspace });
  const quick = { runtime: 'onnx-cpu', threads: 1, limit: 6 } as const;
  const way = await landscape(
    { ...quick, checkpoints: [run], axes: 'trajectory', dims: 2, steps: 3 },
    { workspace },
  );
  assert.deepEqual(
    way.marks.map(({ label }) => label),
    ['epoch 0', 'epoch 1', 'epoch 2', 'final'],
  );
  assert.deepEqual(
    way.marks.slice(0, 3).map(({ step }) => step),
    [0, 3, 6],
  );
  const explained = way.xAxis.explainedVariance! + way.yAxis!.explainedVariance!;
  assert.ok(way.xAxis.explainedVariance! > 0.5 && explained <= 1 + 1e-9, String(explained));
  const final = way.marks.at(-1)!;
  near(Math.hypot(final.x, final.y, final.distance), 0, 1e-6);
  assert.ok(way.marks.every(({ loss }) => loss! > 0));
  const results = await readdir(path.join(run, 'results'));
  assert.ok(results.some((name) => name.startsWith('landscape-')));

  const model = await openLossModel(run, { splits: ['test'], limit: 6, seed: 0 });
  const few = await keptCheckpoints(run, model, { mostBytes: 2 * model.weights.byteLength });
  assert.deepEqual(
    few.marked.map(({ label }) => label),
    ['epoch 0', 'epoch 2'],
  );
  assert.match(few.notes.join(), /^2 of the 3 checkpoints along the way/);

  const start = path.join(run, 'checkpoints/epoch-00000');
  const between = await landscape(
    { ...quick, checkpoints: [start, run], axes: 'interpolate', steps: 3, range: 0.5 },
    { workspace },
  );
  assert.deepEqual(between.x, [-0.5, 0.5, 1.5]);
  assert.deepEqual(
    between.marks.map(({ x }) => Math.round(x * 1e6) / 1e6),
    [0, 1],
  );
  const both = await landscape({ ...quick, checkpoints: [start, run], steps: 3 }, { workspace });
  assert.equal(both.loss.length, 2);
  assert.match(both.notes.join(' '), /same random draws \(seed 0\)/);
  near(both.loss[1]![0]![1]!, both.marks[1]!.loss!, 1e-6);
  near(both.loss[0]![0]![1]!, way.marks[0]!.loss!, 1e-6);
});

test('what cannot be drawn is said in one sentence', async (t) => {
  const { workspace, request } = await workspaceOfFive(t);
  const refused = (more: Partial<LandscapeRequest>, message: RegExp) =>
    assert.rejects(landscape({ ...request, ...more }, { workspace }), message);
  await refused({ axes: 'interpolate' }, /To interpolate in 1 dimension name 2 checkpoints, not 1/);
  await refused({ axes: 'interpolate', checkpoints: [checkpoint, checkpoint] }, /has the same weights/);
  await refused({ axes: 'trajectory' }, /is not a run, so it has no trajectory/);
  await refused({ steps: 2 }, /The setting "steps" is wrong/);
  await refused({ dims: 3 as 1 }, /The setting "dims" is wrong: it must be 1 or 2\./);
});

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to ${tolerance}`);
}
