/** `repsim sharpness` and `repsim landscape` and their contract: what is on stdout and stderr, and the exit codes. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { landscapeResult } from '../../src/protocol/landscape';
import { sharpnessResult } from '../../src/protocol/sharpness';
import { checkpoint, labels, tinyWorkspace, writeImages } from '../core/finetune/tinyJob';
import { repsim } from './repsim';

async function workspaceOfFive(t: TestContext): Promise<string> {
  const { workspace } = await tinyWorkspace(t);
  const splits = { train: labels(10, 5), val: labels(5, 5), test: labels(10, 5) };
  await writeImages(path.join(workspace, 'five.npz'), splits);
  return workspace;
}

const common = ['--data', 'five.npz', '--threads', '1'];

test('sharpness --json prints exactly one object, as the contract has it, and people read stderr', async (t) => {
  const workspace = await workspaceOfFive(t);
  const args = ['sharpness', checkpoint, ...common, '--probes', '6', '--density-steps', '4', '--draws', '2'];
  const { code, stdout, stderr } = await repsim([...args, '--json'], workspace);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim().split('\n').length, 1);
  const result = sharpnessResult.parse(JSON.parse(stdout));
  assert.ok(result.loss! > 0);
  assert.equal(result.n, 10);
  assert.ok(result.topEigenvalues![0]! > 0);
  assert.ok(result.trace!.standardError! > 0);
  assert.equal(result.density!.grid.length, result.density!.values.length);
  assert.deepEqual([result.sam!.rho, result.asam!.rho, result.average!.sigma], [0.05, 0.5, 0.005]);
  assert.match(stderr, /trace \(hutch\+\+\) +-?\d/);
  const plain = await repsim(args, workspace);
  assert.deepEqual([plain.code, plain.stdout], [0, '']);
});

test('landscape --json prints one object; a slice and a plane have the shapes of the contract', async (t) => {
  const workspace = await workspaceOfFive(t);
  const args = ['landscape', checkpoint, ...common, '--steps', '3'];
  const slice = await repsim([...args, '--json'], workspace);
  assert.equal(slice.code, 0, slice.stderr);
  const { axes, seed, models, x, y, loss, accuracy } = landscapeResult.parse(JSON.parse(slice.stdout));
  assert.deepEqual([axes, seed, models, x, y], ['random', 0, [checkpoint], [-1, 0, 1], [0]]);
  for (const grid of [loss, accuracy]) {
    assert.deepEqual([grid.length, grid[0]!.length, grid[0]![0]!.length], [1, 1, 3]);
  }
  const plane = await repsim([...args, '--dims', '2'], workspace);
  assert.deepEqual([plane.code, plane.stdout], [0, ''], plane.stderr);
  assert.match(plane.stderr, /y \\ x +-1 +0 +1/);
});

test('wrong arguments end with code 2, work that cannot be done with code 1, each with one line', async (t) => {
  const workspace = await workspaceOfFive(t);
  for (const [args, code, message] of [
    [['sharpness'], 2, /missing required argument/],
    [['sharpness', checkpoint, ...common, '--measures', 'flatness'], 2, /The setting "measures" is wrong/],
    [['sharpness', checkpoint], 1, /its data are not known: name them with --data/],
    [['landscape', checkpoint, ...common, '--dims', '3'], 2, /The setting "dims" is wrong/],
    [['landscape', checkpoint, ...common, '--axes', 'interpolate'], 2, /name 2 checkpoints, not 1/],
    [['landscape', checkpoint, ...common, '--splits', 'dev'], 2, /The setting "splits" is wrong/],
  ] as const) {
    const found = await repsim(args, workspace);
    assert.equal(found.code, code, found.stderr);
    assert.equal(found.stdout, '');
    assert.match(found.stderr, message);
  }
});
