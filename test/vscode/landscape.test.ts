/** Landscapes and sharpness in VS Code: two finetuned models analysed end to end, kept, cancelled and gone on with. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import { type LandscapeResult, landscapeResult } from '../../src/protocol/landscape';
import { type SharpnessResult, sharpnessResult } from '../../src/protocol/sharpness';
import { until } from '../support/until';
import { packedExtension, root, sample } from './harness/extension';
import { LandscapePage } from './harness/landscape';
import { manifestOf, runFolders } from './harness/runFolder';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerQuickPick,
  chooseFromMenu,
  chooseTheme,
  editorTabs,
  openView,
  openWorkbench,
  reloadWindow,
  runCommand,
  statusBarItem,
  themes,
  treeRows,
} from './harness/workbench';

const run = promisify(execFile);
const cli = path.join(root, 'dist/cli.js');
const images = 24;
const both = 'full brainregion · repsim brainregion';

let scratch: string;
let vscode: VsCode;
before(async () => {
  const vsix = packedExtension();
  scratch = mkdtempSync(path.join(os.tmpdir(), 'repsim-landscape-'));
  const { checkpoint, data } = sample;
  for (const method of ['full', 'repsim']) {
    await run(
      process.execPath,
      [
        cli,
        'finetune',
        checkpoint.from,
        ...['--data', data.from, '--method', method, '--epochs', '1', '--sharpness-size', '8', '--json'],
      ],
      { cwd: scratch },
    );
  }
  vscode = await startVsCode({
    name: 'landscape',
    vsix,
    files: {
      'train.py': 'print("hello")\n',
      'fashion-vit-tiny': sample.checkpoint,
      '.repsim': { from: path.join(scratch, '.repsim') },
    },
    settings: { 'repsim.analysisImages': images },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(async () => {
  await vscode?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const step = story(() => vscode);

const runOf = (method: string): string =>
  runFolders(vscode.workspace).find((folder) => manifestOf(folder).settings.method === method) ??
  assert.fail(`no run by ${method}`);

/** The only result of that kind in the run's folder. */
function keptIn(run: string, kind: 'landscape' | 'sharpness'): unknown {
  const folder = path.join(run, 'results');
  const [only, ...more] = readdirSync(folder).filter(
    (name) => name.startsWith(`${kind}-`) && name.endsWith('.json'),
  );
  assert.ok(only && more.length === 0, `there is one ${kind}`);
  return JSON.parse(readFileSync(path.join(folder, only), 'utf8'));
}

const rowsOf = (result: LandscapeResult, model: number): [number, number | null][] =>
  result.x.map((x, i) => [x, result.loss[model]![0]![i]!]);

step('a slice is drawn from the menu of a run, live, and its values are those that are kept', async () => {
  const { page } = vscode;
  await openView(page, 'RepSim');
  await chooseFromMenu(page, treeRows(page, 'full brainregion'), 'Show Loss Landscape');
  await answerQuickPick(page, /Show Loss Landscape \(1\/2\)/, 'Slice');
  await answerQuickPick(page, /\(2\/2\)/, 'Random');
  await editorTabs(page, 'Loss Landscape').waitFor();
  const view = await LandscapePage.find(page, 'full brainregion');
  await view.waitForState('landscape', 'done');
  const kept = landscapeResult.parse(keptIn(runOf('full'), 'landscape'));
  assert.equal(kept.n, images);
  assert.deepEqual(await view.curves(), [rowsOf(kept, 0)]);
  await vscode.screenshot('slice');
  await until('the engine process to be gone', () => vscode.engines().length === 0);
});

step('the same slice by the command has the same values', async () => {
  const folder = mkdtempSync(path.join(scratch, 'command-'));
  const { stdout } = await run(
    process.execPath,
    [
      cli,
      'landscape',
      path.join(scratch, '.repsim/runs', path.basename(runOf('full'))),
      '--limit',
      `${images}`,
      '--json',
    ],
    { cwd: folder, maxBuffer: 64 * 1024 * 1024 },
  );
  const expected: LandscapeResult = JSON.parse(stdout);
  const [shown] = await (await LandscapePage.find(vscode.page, 'full brainregion')).curves();
  rowsOf(expected, 0).forEach(([x, y], i) => {
    assert.ok(
      Math.abs(shown![i]![1]! - y!) <= 1e-5 * Math.max(1, y!),
      `at ${x}: ${shown![i]![1]} is not ${y}`,
    );
  });
});

step('its sharpness is measured into the same panel, with errors', async () => {
  const { page } = vscode;
  await openView(page, 'RepSim');
  await chooseFromMenu(page, treeRows(page, 'full brainregion'), 'Analyze Sharpness');
  const view = await LandscapePage.find(page, 'full brainregion');
  await view.waitForState('sharpness', 'computing');
  await statusBarItem(page, 'RepSim').first().waitFor();
  await view.waitForState('sharpness', 'done', 360_000);
  const kept: SharpnessResult = sharpnessResult.parse(keptIn(runOf('full'), 'sharpness'));
  const figures = await view.figures();
  assert.deepEqual(figures.get('Largest eigenvalue λ₁ of the Hessian'), [kept.topEigenvalues![0]]);
  assert.deepEqual(figures.get('Trace of the Hessian'), [kept.trace!.value]);
  assert.equal(await view.frame.locator('#density-chart .series').count(), 1);
  assert.equal(await view.frame.locator('#slice-chart .model').count(), 1);
  assert.equal(await editorTabs(page, 'Loss Landscape').count(), 1, 'there is one panel a model');
  await vscode.screenshot('sharpness');
});

step('a reload of the window brings the panel back without computing', async () => {
  const { page } = vscode;
  const view = await LandscapePage.find(page, 'full brainregion');
  const before = { curves: await view.curves(), figures: await view.figures() };
  await reloadWindow(page);
  await editorTabs(page, 'Loss Landscape').waitFor();
  const restored = await LandscapePage.find(page, 'full brainregion');
  await restored.waitForState('sharpness', 'done');
  assert.equal(await restored.state('landscape'), 'done');
  assert.deepEqual({ curves: await restored.curves(), figures: await restored.figures() }, before);
  assert.deepEqual(vscode.engines(), []);
});

step('a plane through two models is asked for in the palette, cancelled, and gone on with', async () => {
  const { page } = vscode;
  await runCommand(page, 'RepSim: Show Loss Landscape');
  await answerQuickPick(page, 'Model: a run or a checkpoint', 'full brainregion');
  await answerQuickPick(page, 'A second model to draw beside it', 'repsim brainregion');
  await answerQuickPick(page, 'A slice or a plane', 'Plane');
  await answerQuickPick(page, 'Directions in weight space', 'Random');
  const view = await LandscapePage.find(page, both);
  const points = async () =>
    Number(/(\d+) of \d+ points/.exec((await view.frame.locator('#facts').textContent()) ?? '')?.[1] ?? 0);
  await until('a coarse picture', async () => (await points()) >= 40, { timeout: 120_000 });
  assert.equal(await view.state('landscape'), 'computing');
  assert.ok((await view.frame.locator('#plane-chart-1 path.band').count()) > 2);
  await vscode.screenshot('coarse plane');
  await view.frame.locator('#cancel').click();
  await view.waitForState('landscape', 'cancelled');
  const reached = await points();
  await until('the engine process to be gone', () => vscode.engines().length === 0);
  await view.frame.locator('#compute').click();
  await until('what was computed', async () => (await points()) >= reached);
  await view.waitForState('landscape', 'done');
  const results = readdirSync(path.join(runOf('full'), 'results')).filter((name) =>
    /^landscape-.*\.json$/.test(name),
  );
  const kept = results
    .map((name) =>
      landscapeResult.parse(JSON.parse(readFileSync(path.join(runOf('full'), 'results', name), 'utf8'))),
    )
    .find(({ dims }) => dims === 2)!;
  for (const model of [0, 1]) assert.deepEqual(await view.plane(model), kept.loss[model]);
});

step('what cannot be analysed says why in one sentence', async () => {
  const { page } = vscode;
  await openView(page, 'Explorer');
  await chooseFromMenu(page, treeRows(page, '.repsim'), 'Analyze Sharpness');
  await answerQuickPick(page, 'Images that the loss is the mean over', 'brainregion.npz');
  const view = await LandscapePage.find(page, '.repsim');
  await view.waitForState('sharpness', 'failed');
  const [sentence, ...more] = await view.messages('sharpness');
  assert.deepEqual(more, []);
  assert.doesNotMatch(sentence!, /fault in RepSim|\bat .*:\d+/);
});

step('planes are drawn in every theme', async () => {
  const { page } = vscode;
  await editorTabs(page, both.replace(' · ', ', ')).click();
  for (const [theme, kind] of themes) {
    await chooseTheme(page, theme);
    const view = await LandscapePage.find(page, both);
    await until(
      `the theme ${theme}`,
      async () => (await view.frame.locator('body').getAttribute('data-vscode-theme-kind')) === kind,
    );
    await until('both planes', async () => (await view.frame.locator('.planes svg.chart').count()) === 2);
    await vscode.screenshot(`theme ${kind.replace('vscode-', '')}`);
  }
});

step('nothing has left this machine', async () => {
  assert.deepEqual(vscode.foreign(), []);
});
