/** `repsim finetune` and its contract: what is on stdout and stderr, and the exit codes. */
import assert from 'node:assert/strict';
import { exec } from 'node:child_process';
import { access, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { readRun } from '../../src/core/runs/readRun';
import { claimRun } from '../../src/protocol/leaseFiles';
import { finetuneResult } from '../../src/protocol/runs';
import { checkpoint, tinyWorkspace, weightsOf, writeLabelledImages } from '../core/finetune/tinyJob';
import { plainNetwork, randomise, writeModel } from '../support/layersModels';
import { repsim, start } from './repsim';

/** Seconds of work at most. */
const small = ['--batch', '12', '--lr', '1e-3', '--sharpness-size', '6', '--threads', '1'];

/** The last epoch that the lines on stderr tell of; 0 before the first. */
const epochOf = (errors: string) => Number([...errors.matchAll(/Epoch (\d+) /g)].at(-1)?.[1] ?? 0);

test('--json prints exactly one object, as the contract has it, and people read stderr', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const args = [
    'finetune',
    checkpoint,
    '--data',
    'kinds.npz',
    '--old-data',
    'kinds.npz',
    '--epochs',
    '2',
    ...small,
  ];
  const { code, stdout, stderr } = await repsim([...args, '--json'], workspace);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim().split('\n').length, 1);
  const result = finetuneResult.parse(JSON.parse(stdout));
  assert.equal(result.method, 'repsim');
  assert.equal(result.runtime, 'onnx-cpu');
  assert.deepEqual(result.splits, { train: 36, val: 12, test: 12 });
  assert.deepEqual(
    result.similarity.layers.map(({ name }) => name),
    ['block.0', 'block.1', 'block.2', 'final'],
  );
  assert.ok(result.test.accuracy! >= 0 && result.test.accuracy! <= 1);
  assert.ok(result.knn!.before! > 0);
  assert.ok(Number.isFinite(result.sharpness.heldOut.topEigenvalue));
  assert.equal(path.dirname(result.run), path.join(workspace, '.repsim/runs'));
  await access(path.join(result.checkpoint, 'model.safetensors'));
  assert.match(stderr, /balanced accuracy/);
});

test('several labels an image, balanced, changed and mixed: the figures are called what they are', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  await writeLabelledImages(path.join(workspace, 'labels.npz'), { train: 24, val: 8, test: 12 });
  const choices = ['--class-weights', 'balanced', '--sampling', 'balanced', '--per-class', '5'];
  const changes = ['--augment', '{"rotation": 10, "brightness": 0.2}', '--mixup', '0.2'];
  const { code, stdout, stderr } = await repsim(
    [
      'finetune',
      checkpoint,
      '--data',
      'labels.npz',
      '--epochs',
      '1',
      ...choices,
      ...changes,
      ...small,
      '--json',
    ],
    workspace,
  );
  assert.equal(code, 0, stderr);
  const result = finetuneResult.parse(JSON.parse(stdout));
  assert.equal(result.task, 'multi-label');
  assert.ok(result.splits.train >= 10 && result.splits.train < 20, `${result.splits.train} images`);
  assert.match(stderr, /accuracy of the labels \(test\)/);
  assert.match(stderr, /AUC, mean over the labels/);
});

test('ordinal levels by option; a task that the labels cannot be, and a policy that does not exist, are refused', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const args = ['finetune', checkpoint, '--data', 'kinds.npz', '--epochs', '1', ...small];
  const ordinal = await repsim([...args, '--task', 'ordinal-regression', '--json'], workspace);
  assert.equal(finetuneResult.parse(JSON.parse(ordinal.stdout)).task, 'ordinal-regression');
  const impossible = await repsim([...args, '--task', 'multi-label'], workspace);
  assert.equal(impossible.code, 1);
  assert.match(impossible.stderr, /"task" is multi-label, but .*kinds\.npz has one class an image/);
  const wrong = {
    spin: /--augment: expected none, flip, flip-crop, .*or an object/,
    '{"rotation": 200}': /--augment: rotation: .*180/,
    '{"rotation"': /--augment .*not a valid JSON object/,
    '{"twist": 1}': /--augment: .*twist/,
  };
  for (const [augment, message] of Object.entries(wrong)) {
    const { code, stderr } = await repsim([...args, '--augment', augment], workspace);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});

test('a repsim.json is read from its own folder, and arguments win over it', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const settings = {
    checkpoint,
    data: 'kinds.npz',
    method: 'full',
    epochs: 1,
    batch: 12,
    sharpnessSize: 6,
    threads: 1,
  };
  await writeFile(path.join(workspace, 'repsim.json'), `// what we tried first\n${JSON.stringify(settings)}`);
  const file = path.join(workspace, 'repsim.json');
  const { code, stdout, stderr } = await repsim(['finetune', file, '--method', 'linear', '--json'], '/');
  assert.equal(code, 0, stderr);
  const result = finetuneResult.parse(JSON.parse(stdout));
  assert.equal(result.method, 'linear');
  assert.ok(result.run.startsWith(workspace));
});

test('the JSON file of a checkpoint is that checkpoint, and no repsim.json', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const network = plainNetwork();
  randomise(network, 1);
  await writeModel(network, path.join(workspace, 'net'));
  const rest = ['--data', 'kinds.npz', '--method', 'linear', '--epochs', '1', ...small, '--json'];
  for (const file of ['net/model.json', path.join(checkpoint, 'config.json')]) {
    const { code, stdout, stderr } = await repsim(['finetune', file, ...rest], workspace);
    assert.equal(code, 0, stderr);
    const result = finetuneResult.parse(JSON.parse(stdout));
    await access(path.join(result.checkpoint, path.basename(file)));
  }
});

test('a slip in a repsim.json is named with its line', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  await writeFile(
    path.join(workspace, 'repsim.json'),
    `{\n  "checkpoint": "x",\n  "data": "y",\n  "epoch": 3\n}`,
  );
  const { code, stdout, stderr } = await repsim(['finetune', 'repsim.json', '--json'], workspace);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /repsim\.json, line 4: epoch: there is no such setting/);
});

const wrongArguments: readonly (readonly string[])[] = [
  ['finetune'],
  ['finetune', 'checkpoint'],
  ['finetune', 'checkpoint', '--data', 'x', '--epochs', '0'],
  ['finetune', 'checkpoint', '--data', 'x', '--lr', 'fast'],
  ['finetune', 'checkpoint', '--data', 'x', '--method', 'magic'],
  ['finetune', 'checkpoint', '--data', 'x', '--colour', 'red'],
  ['finetune', 'checkpoint', '--resume', 'run'],
  ['unlearn'],
];

for (const args of wrongArguments) {
  test(`wrong arguments end with code 2: repsim ${args.join(' ')}`, async (t) => {
    const { workspace } = await tinyWorkspace(t);
    const { code, stdout, stderr } = await repsim(args, workspace);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.notEqual(stderr, '');
  });
}

const failures: Readonly<Record<string, { args: readonly string[]; says: RegExp }>> = {
  'no checkpoint there': { args: ['nowhere', '--data', 'kinds.npz'], says: /nowhere/ },
  'no data there': { args: [checkpoint, '--data', 'gone.npz'], says: /gone\.npz/ },
  'a run that is none': { args: ['--resume', 'nowhere'], says: /nowhere/ },
  'a runtime that is not here': {
    args: [checkpoint, '--data', 'kinds.npz', '--runtime', 'tensorflow'],
    says: /tensorflow/,
  },
};

for (const [name, { args, says }] of Object.entries(failures)) {
  test(`${name}: one sentence on stderr, code 1, nothing on stdout`, async (t) => {
    const { workspace } = await tinyWorkspace(t);
    const { code, stdout, stderr } = await repsim(['finetune', ...args, '--json'], workspace);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    const lines = stderr.trim().split('\n');
    assert.match(lines.at(-1)!, says);
    assert.equal(lines.filter((line) => line.startsWith('repsim: ')).length, 1, stderr);
    assert.ok(!stderr.includes('    at '), 'no stack');
    const runs = await readdir(path.join(workspace, '.repsim/runs')).catch(() => []);
    assert.deepEqual(runs, []);
  });
}

test('Ctrl-C leaves a run that --resume finishes as if nothing had happened', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const args = [
    'finetune',
    checkpoint,
    '--data',
    'kinds.npz',
    '--epochs',
    '60',
    ...small,
    '--probe-every',
    '1000',
  ];
  const { child, errors, finished } = start(args, workspace);
  while (!errors().includes('Epoch 3 ') && child.exitCode === null) await sleep(20);
  child.kill('SIGINT');
  const stopped = await finished;
  assert.equal(stopped.code, 1);
  const [, command, run] = stopped.stderr.match(/Go on with: (.+ finetune --resume (\S+))/) ?? [];
  assert.ok(command && run, stopped.stderr);
  const claim = await claimRun(run);
  assert.ok('lease' in claim, 'what was stopped is free');
  const refused = await repsim(['finetune', '--resume', run], workspace);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`still being worked on by process ${process.pid}\\b`));
  await claim.lease.release();
  // As a person copies it from the terminal.
  const resumed = await promisify(exec)(`${command} --json`, { cwd: workspace });
  const straight = await repsim([...args, '--json'], workspace);
  const [a, b] = [resumed, straight].map(({ stdout }) => finetuneResult.parse(JSON.parse(stdout)));
  assert.deepEqual(await weightsOf(a!.checkpoint), await weightsOf(b!.checkpoint));
  assert.deepEqual(a!.test, b!.test);
});

test('a run without a terminal outlives the end of the session, as nohup promises', {
  skip: process.platform === 'win32' && 'Windows ends what is left itself',
}, async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const args = ['finetune', checkpoint, '--data', 'kinds.npz', '--epochs', '20', ...small];
  const { child, errors, finished } = start(args, workspace);
  while (!errors().includes('Epoch 3 ') && child.exitCode === null) await sleep(20);
  child.kill('SIGHUP');
  const { code, stderr } = await finished;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /Stopping/);
});

test('a current folder that is gone is no fault of the program', {
  skip: process.platform === 'win32' && 'Windows keeps the folders that are in use',
}, async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const gone = `mkdir gone && cd gone && rmdir ../gone && node ${path.resolve('dist/cli.js')} sharpness ${checkpoint}`;
  await assert.rejects(promisify(exec)(gone, { cwd: workspace }), {
    code: 1,
    stderr: 'repsim: The current folder is gone: change to one that exists.\n',
  });
});

test('a window stops a run of a terminal by a file in its folder; one from another time stops nothing', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const run = path.join(workspace, 'run');
  const args = ['finetune', checkpoint, '--data', 'kinds.npz', '--epochs', '400', '--out', 'run', ...small];
  const { child, errors, finished } = start([...args, '--probe-every', '1000'], workspace);
  while (!errors().includes('Epoch 3 ') && child.exitCode === null) await sleep(20);
  await writeFile(path.join(run, 'cancel'), '');
  const stopped = await finished;
  assert.equal(stopped.code, 1);
  assert.match(stopped.stderr, /as a window of VS Code asks/);
  assert.match(stopped.stderr, /Go on with: .+ finetune --resume /);
  assert.ok(!(await readdir(run)).includes('cancel'), 'the request is taken away');
  assert.equal((await readRun(run)).state, 'cancelled');

  await writeFile(path.join(run, 'cancel'), '');
  const again = start(['finetune', '--resume', 'run'], workspace);
  // It looks for the file twice a second: it goes on for longer than that.
  const reached = epochOf(stopped.stderr);
  while (epochOf(again.errors()) < reached + 40 && again.child.exitCode === null) await sleep(20);
  assert.equal(again.child.exitCode, null, again.errors());
  again.child.kill('SIGINT');
  assert.doesNotMatch((await again.finished).stderr, /as a window/);
});
