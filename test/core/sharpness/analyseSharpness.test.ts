/** The whole job on a small checkpoint: what it answers, keeps, leaves as it was, and refuses. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { analyseSharpness } from '../../../src/core/sharpness/analyseSharpness';
import { sharpnessMeasures } from '../../../src/protocol/sharpness';
import { checkpoint, labels, tinyWorkspace, weightsOf, writeImages } from '../finetune/tinyJob';

/** A workspace with images of the checkpoint's 5 classes. */
async function workspaceOfFive(t: TestContext): Promise<{ workspace: string; data: string }> {
  const { workspace } = await tinyWorkspace(t);
  const data = path.join(workspace, 'five.npz');
  return {
    workspace,
    data: await writeImages(data, { train: labels(20, 5), val: labels(10, 5), test: labels(12, 5) }),
  };
}

const quick = {
  checkpoint,
  runtime: 'onnx-cpu',
  threads: 1,
  probes: 6,
  products: 12,
  densityProbes: 2,
  densitySteps: 4,
  draws: 2,
} as const;
const all = [...sharpnessMeasures];

test('all measures of a checkpoint, the weights left to the bit, the result kept and given again', async (t) => {
  const { workspace, data } = await workspaceOfFive(t);
  const before = await weightsOf(checkpoint);
  const result = await analyseSharpness({ ...quick, measures: all, data }, { workspace });
  assert.deepEqual(await weightsOf(checkpoint), before);
  assert.equal(result.n, 12);
  assert.equal(result.deterministic, true);
  assert.equal(result.topEigenvalues!.length, 3);
  assert.ok(result.topEigenvalues![0]! >= result.topEigenvalues![1]!);
  assert.ok(result.smallestEigenvalue! <= result.topEigenvalues![2]!);
  assert.ok(result.trace!.standardError! > 0);
  assert.ok(result.sam!.value! > 0 && result.asam!.value! > 0);
  assert.equal(result.average!.draws, 2);
  assert.ok(result.averageAdaptive!.standardError! > 0);
  assert.equal(result.density!.grid.length, result.density!.values.length);
  const names = result.layers!.map(({ name }) => name);
  assert.equal(names[0], 'embedding');
  assert.deepEqual(names.slice(-2), ['final', 'head']);
  const sum = result.layers!.reduce((total, layer) => total + layer.parameters, 0);
  assert.equal(sum, result.parameters.count);
  // No block on the diagonal has a larger eigenvalue than the whole (Cauchy's interlacing).
  for (const layer of result.layers!) {
    assert.ok(layer.topEigenvalue! <= result.topEigenvalues![0]! * 1.02, layer.name);
  }

  const kept = await readdir(path.join(workspace, '.repsim/sharpness'));
  assert.equal(kept.length, 1);
  const again = await analyseSharpness({ ...quick, measures: all, data }, { workspace });
  assert.deepEqual(again, result);
});

test('the head left out, one tensor alone, one image, and a ball of radius 0', async (t) => {
  const { workspace, data } = await workspaceOfFive(t);
  const run = (more: object) =>
    analyseSharpness(
      { ...quick, data, measures: ['eigenvalues', 'sam', 'asam', 'average'], ...more },
      { workspace },
    );
  const whole = await run({ parameters: 'all', limit: 1, rho: 0, adaptiveRho: 0, sigma: 0 });
  assert.equal(whole.n, 1);
  assert.deepEqual([whole.sam!.value, whole.asam!.value, whole.average!.value], [0, 0, 0]);
  const backbone = await run({ parameters: 'backbone' });
  assert.ok(backbone.parameters.count < whole.parameters.count);
  const one = await run({ parameters: 'head.bias', top: 1 });
  assert.equal(one.parameters.count, 5);
  // Adding the same to all logits changes nothing: one eigenvalue of the bias is 0, and none is negative.
  assert.ok(Math.abs(one.smallestEigenvalue!) < 1e-4, String(one.smallestEigenvalue));
  assert.ok(one.topEigenvalues![0]! > 0 && one.topEigenvalues![0]! <= 0.5 + 1e-4);
});

test('differences of gradients agree with the exact Hessian', async (t) => {
  const { workspace, data } = await workspaceOfFive(t);
  const request = { ...quick, data, measures: ['eigenvalues' as const], top: 1, products: 10 };
  const exact = await analyseSharpness(request, { workspace });
  const differences = await analyseSharpness({ ...request, hessian: 'differences' }, { workspace });
  const [a, b] = [exact.topEigenvalues![0]!, differences.topEigenvalues![0]!];
  assert.ok(Math.abs(a - b) < 1e-3 * Math.abs(a), `${a} ${b}`);
});

test('what cannot be measured is said in one sentence', async (t) => {
  const { workspace, data } = await workspaceOfFive(t);
  const refused = (more: object, message: RegExp) =>
    assert.rejects(analyseSharpness({ ...quick, measures: all, data, ...more }, { workspace }), message);
  await refused({ parameters: 'block.77' }, /No parameter of the model belongs to "block.77"; name some of/);
  await refused({ rho: -1 }, /The setting "rho" is wrong/);
  await refused({ data: undefined }, /is not a checkpoint of a run, so its data are not known/);
  const two = await writeImages(path.join(workspace, 'two.npz'), {
    train: labels(6, 2),
    val: labels(4, 2),
    test: labels(4, 2),
  });
  await refused({ data: two }, /tells 5 classes apart and .*two.npz has 2/);
});

test('a cancelled analysis throws the reason and keeps nothing', async (t) => {
  const { workspace, data } = await workspaceOfFive(t);
  const controller = new AbortController();
  const work = analyseSharpness(
    { ...quick, measures: all, data },
    {
      workspace,
      signal: controller.signal,
      onProgress: ({ stage }) => {
        if (stage === 'Trace') controller.abort(new Error('enough'));
      },
    },
  );
  await assert.rejects(work, /enough/);
  await assert.rejects(readdir(path.join(workspace, '.repsim/sharpness')), /ENOENT/);
});
