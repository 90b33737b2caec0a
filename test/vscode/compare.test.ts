/** Comparing representations in VS Code: a run with its start, two dumps, a broken one, and the large version. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import type { CompareResult } from '../../src/protocol/compare';
import { until } from '../support/until';
import { ComparePage } from './harness/compare';
import { packedExtension, root, sample } from './harness/extension';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerQuickPick,
  chooseFromMenu,
  clearNotifications,
  editorTabs,
  notifications,
  openView,
  openWorkbench,
  reloadWindow,
  runCommand,
  treeRows,
  waitForQuickPick,
} from './harness/workbench';

const run = promisify(execFile);
const cli = path.join(root, 'dist/cli.js');
const trainingCode = `from timm import create_model
model = create_model("vit_tiny_patch4_32")
kept = model.get_submodule("block.2")
`;

/** Two layers of `width` float32 features for 40 samples, as PyTorch would write them. */
function dump(width: number, seed: number): Buffer {
  const samples = 40;
  const layers = ['stem', 'head'];
  const bytes = samples * width * 4;
  const header = Object.fromEntries(
    layers.map((name, i) => [
      name,
      { dtype: 'F32', shape: [samples, width], data_offsets: [i * bytes, (i + 1) * bytes] },
    ]),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const values = Float32Array.from({ length: layers.length * samples * width }, (_, i) =>
    Math.sin(seed * 12.9898 + i * (1.7 + seed)),
  );
  return Buffer.concat([length, json, Buffer.from(values.buffer)]);
}

let scratch: string;
let vscode: VsCode;
before(async () => {
  const vsix = packedExtension();
  scratch = mkdtempSync(path.join(os.tmpdir(), 'repsim-compare-'));
  const { checkpoint, data } = sample;
  await run(
    process.execPath,
    [
      cli,
      'finetune',
      checkpoint.from,
      ...['--data', data.from, '--method', 'full', '--epochs', '1', '--sharpness-size', '8', '--json'],
    ],
    { cwd: scratch },
  );
  const whole = dump(24, 1);
  const file = (name: string, content: Buffer) => {
    writeFileSync(path.join(scratch, name), content);
    return { from: path.join(scratch, name) };
  };
  vscode = await startVsCode({
    name: 'compare',
    vsix,
    files: {
      'train.py': trainingCode,
      'narrow.safetensors': file('narrow.safetensors', whole),
      'wide.safetensors': file('wide.safetensors', dump(40, 2)),
      'broken.safetensors': file('broken.safetensors', whole.subarray(0, whole.length - 100)),
      '.repsim': { from: path.join(scratch, '.repsim') },
    },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(async () => {
  await vscode?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const step = story(() => vscode);

/** The same comparison by the command, in a folder of its own, where no earlier result is kept. */
async function byCommand(a: string, b: string, measure: string): Promise<CompareResult> {
  const folder = mkdtempSync(path.join(scratch, 'command-'));
  const { stdout } = await run(process.execPath, [cli, 'compare', a, b, '--measures', measure, '--json'], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout);
}

function assertSame(shown: (number | null)[][], expected: CompareResult, measure: string): void {
  const { matrix } = expected.measures[measure]!;
  assert.deepEqual(
    shown.map((row) => row.length),
    matrix.map((row) => row.length),
  );
  shown.forEach((row, i) => {
    row.forEach((value, j) => {
      const other = matrix[i]![j]!;
      assert.ok(
        value !== null && Math.abs(value - other) <= 1e-6,
        `${measure} [${i}][${j}]: ${value} is not ${other}`,
      );
    });
  });
}

/** The finished run, once from its own folder and once from the workspace's copy. */
function runFolder(workspace: string): string {
  const runs = path.join(workspace, '.repsim/runs');
  const [only, ...more] = readdirSync(runs);
  assert.ok(only && more.length === 0, 'there is one run');
  return path.join(runs, only);
}

step('"Compare with Pretrained" shows the run against its start, the same as the command says', async () => {
  const { page, workspace } = vscode;
  await openView(page, 'RepSim');
  await chooseFromMenu(page, treeRows(page, 'full brainregion'), 'Compare with Pretrained');
  const view = await ComparePage.find(page);
  await view.waitForState('done');
  assert.deepEqual(await view.sampled('cka-debiased'), { n: 480, coarse: false });
  const expected = await byCommand(sample.checkpoint.from, runFolder(workspace), 'cka-debiased');
  assert.equal(expected.n, 480);
  assertSame(await view.matrix('cka-debiased'), expected, 'cka-debiased');
  await vscode.screenshot('run');
  await until('the engine process to be gone', () => vscode.engines().length === 0);
});

step('another measure is computed as soon as it is chosen', async () => {
  const { page, workspace } = vscode;
  const view = await ComparePage.find(page);
  await view.frame.locator('#measure option[value=procrustes]').waitFor({ state: 'attached' });
  await view.frame.locator('#measure').selectOption('procrustes');
  await until('procrustes', async () => (await view.measures()).join() === 'procrustes');
  await view.waitForState('done');
  const expected = await byCommand(sample.checkpoint.from, runFolder(workspace), 'procrustes');
  assertSame(await view.matrix('procrustes'), expected, 'procrustes');
  await view.frame.locator('#measure').selectOption('cka-debiased');
  await until('CKA', async () => (await view.measures()).join() === 'cka-debiased');
});

step('a comparison is cancelled, its process ends, and it can be asked for again', async () => {
  const view = await ComparePage.find(vscode.page);
  await view.waitForState('done');
  await view.frame.locator('#measure').selectOption('rtd');
  await view.frame.locator('#cancel').click();
  await view.waitForState('cancelled');
  await until('the engine process to be gone', () => vscode.engines().length === 0);
  assert.deepEqual(await view.messages(), ['Cancelled.']);
  await view.frame.locator('#measure').selectOption('cka-debiased');
  await view.waitForState('done');
});

step('a click on a layer goes to the line of code that names it, or says where it looked', async () => {
  const { page } = vscode;
  const view = await ComparePage.find(page);
  await view.waitForState('done');
  const plot = view.frame.locator('#heat-cka-debiased .plot');
  await plot.press('Home');
  for (let i = 0; i < 2; i++) await plot.press('ArrowDown');
  await plot.press('Enter');
  await editorTabs(page, 'train.py').waitFor();
  await page.locator('.statusbar-item', { hasText: 'Ln 3, Col' }).waitFor();
  await plot.press('Home');
  await plot.press('ArrowDown');
  await plot.press('Enter');
  await notifications(page, 'No line of code is known for layer "block.1"').waitFor();
  await clearNotifications(page);
});

step('two dumps of different width are compared from the Explorer', async () => {
  const { page, workspace } = vscode;
  await openView(page, 'Explorer');
  await chooseFromMenu(page, treeRows(page, 'narrow.safetensors'), 'Select Representations for Compare');
  await chooseFromMenu(page, treeRows(page, 'wide.safetensors'), 'Compare Representations with Selected');
  const view = await ComparePage.find(page);
  await until('the dumps', async () =>
    /narrow.*wide/.test((await view.frame.locator('#compared').textContent()) ?? ''),
  );
  await view.waitForState('done');
  const [a, b] = ['narrow.safetensors', 'wide.safetensors'].map((name) => path.join(workspace, name));
  assertSame(await view.matrix('cka-debiased'), await byCommand(a!, b!, 'cka-debiased'), 'cka-debiased');
});

step('a bad dump is told in the panel in one sentence, and the next comparison works', async () => {
  const { page, workspace } = vscode;
  await openView(page, 'Explorer');
  await chooseFromMenu(page, treeRows(page, 'broken.safetensors'), 'Compare Representations with Selected');
  const view = await ComparePage.find(page);
  await view.waitForState('failed');
  const [sentence, ...more] = await view.messages();
  assert.deepEqual(more, []);
  assert.match(sentence!, /broken\.safetensors/);
  assert.doesNotMatch(sentence!, /fault in RepSim|\bat .*:\d+/);
  await vscode.screenshot('broken');
  assert.deepEqual(await view.measures(), []);
  await view.frame.locator('#source-b').selectOption(path.join(workspace, 'wide.safetensors'));
  await until('the failure to be past', async () => (await view.state()) !== 'failed');
  await view.waitForState('done');
  assert.equal((await view.matrix('cka-debiased')).length, 2);
});

step('the large version has several measures side by side and comes back with the window', async () => {
  const { page } = vscode;
  const view = await ComparePage.find(page);
  await view.frame.locator('#open-editor').click();
  await editorTabs(page, 'Representations').waitFor();
  const editor = await ComparePage.find(page, true);
  await editor.waitForState('done');
  const before = await editor.matrix('cka-debiased');
  await editor.frame.locator('#measures summary').click();
  await editor.frame.locator('.checkbox', { hasText: 'Procrustes angle' }).locator('input').check();
  await until('two measures', async () => (await editor.measures()).length === 2);
  await editor.waitForState('done');
  await vscode.screenshot('large');
  await reloadWindow(page);
  await editorTabs(page, 'Representations').waitFor();
  const restored = await ComparePage.find(page, true);
  await restored.waitForState('done');
  assert.deepEqual((await restored.measures()).sort(), ['cka-debiased', 'procrustes-angle']);
  assert.deepEqual(await restored.matrix('cka-debiased'), before);
});

step('the palette asks for both sides', async () => {
  const { page } = vscode;
  await runCommand(page, 'RepSim: Compare Representations...');
  await answerQuickPick(page, 'A: a checkpoint, a run, or a dump of activations', 'fashion-vit-tiny');
  await waitForQuickPick(page, 'B: what to compare it with');
  await vscode.screenshot('palette');
  await answerQuickPick(page, 'B: what to compare it with', 'full brainregion');
  const view = await ComparePage.find(page);
  await until('the two', async () =>
    /fashion-vit-tiny.*full brainregion/.test((await view.frame.locator('#compared').textContent()) ?? ''),
  );
  await view.waitForState('done');
  assert.deepEqual(await view.sampled('cka-debiased'), { n: 480, coarse: false });
});

step('nothing has left this machine', async () => {
  assert.deepEqual(vscode.foreign(), []);
});
