/**
 * A workspace from somebody who means harm: files, runs, layers and classes are named like scripts, 10 kB long, from
 * right to left, over several lines. All of it can be looked at, and nothing of it does anything.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { safetensorsBytes } from '../support/safetensorsBytes';
import { until } from '../support/until';
import { CheckpointPreview } from './harness/checkpoint';
import { DriftPanel } from './harness/drift';
import { packedExtension } from './harness/extension';
import { finishedRun } from './harness/finishedRun';
import { RunsViewPage } from './harness/runsView';
import { seedRuns } from './harness/seededRun';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  chooseFromMenu,
  clearNotifications,
  notifications,
  openView,
  openWorkbench,
  runCommand,
  statusBarItem,
  treeRows,
  webviewFrame,
} from './harness/workbench';

const script = '<img src=x onerror="window.__hacked=1">';
const link = '[x](command:workbench.action.closeWindow) $(zap) $' + '{{x}}';
const long = 'long-'.repeat(2000);
const rightToLeft = '\u202egnp.exe\u202c\u05d0\u05d1';
const lines = 'one\ntwo\r\nthree\u2028four';
const hostile = [script, link, long, rightToLeft, lines, '__proto__', ''];
const fileName = `${script.replaceAll('/', '')}.safetensors`;

let vscode: VsCode;
let scratch: string;
const dialogs: string[] = [];
const step = story(() => vscode);

/** Names of layers, classes, data and checkpoint of the run, wherever they are written. */
function spoil(run: string): void {
  const written = (text: string) => JSON.stringify(text).slice(1, -1);
  const files = fs.readdirSync(run, { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((one) => /\.jsonl?$/.test(one) && !one.includes('checkpoints'))) {
    const file = path.join(run, name);
    const text = fs
      .readFileSync(file, 'utf8')
      .replace(/"block\.(\d)"/g, (_, i) => `"${written(hostile[Number(i) % hostile.length]!)}${i}"`)
      .replace(/\/[^"\n]*brainregion\.npz/g, written(`/data/${script}.npz`))
      .replace(/\/[^"\n]*fashion-vit-tiny/g, written(`/models/${lines}`));
    fs.writeFileSync(file, text);
  }
  const manifest = JSON.parse(fs.readFileSync(path.join(run, 'run.json'), 'utf8'));
  manifest.data.classes = manifest.data.classes.map((_: string, i: number) => hostile[i % hostile.length]);
  fs.writeFileSync(path.join(run, 'run.json'), JSON.stringify(manifest));
}

before(async () => {
  const vsix = packedExtension();
  scratch = await finishedRun();
  const runs = path.join(scratch, '.repsim/runs');
  for (const run of fs.readdirSync(runs)) spoil(path.join(runs, run));
  vscode = await startVsCode({
    name: 'hostile',
    vsix,
    files: {
      '.repsim': { from: path.join(scratch, '.repsim') },
      ...seedRuns([{ id: '2026-04-17-link', about: { name: link } }]),
      'repsim.json': JSON.stringify({
        checkpoint: script,
        data: long,
        layers: [lines],
        [script]: rightToLeft,
      }),
    },
  });
  const data = Float32Array.of(1, 2);
  const tensors = hostile.map((name, i) => [
    `${name}${i > 4 ? '' : '.weight'}`,
    { dtype: 'F32', shape: [2], data },
  ]);
  fs.writeFileSync(
    path.join(vscode.workspace, fileName),
    safetensorsBytes(Object.fromEntries(tensors), { [script]: link, [lines]: long }),
  );
  const header = Buffer.alloc(8);
  header.writeBigUInt64LE(2n ** 62n);
  fs.writeFileSync(path.join(vscode.workspace, 'huge-header.safetensors'), header);
  vscode.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    dialog.dismiss();
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(async () => {
  await vscode?.close();
  if (scratch) fs.rmSync(scratch, { recursive: true, force: true });
});

/** Nothing was run by any frame of the window, and nothing was made of the names but text. */
async function unharmed(): Promise<void> {
  for (const frame of vscode.page.frames()) {
    const [hacked, pictures] = await frame
      .evaluate(() => [
        (window as { __hacked?: number }).__hacked ?? 0,
        document.querySelectorAll('img[onerror], a[href^="command:"][href*="closeWindow"]').length,
      ])
      .catch(() => [0, 0]);
    assert.deepEqual([hacked, pictures], [0, 0], frame.url().slice(0, 80));
  }
  assert.deepEqual(dialogs, []);
}

step('the tree of runs shows one row of one line for each', async () => {
  const { page } = vscode;
  await openView(page, 'RepSim');
  const rows = page.locator('.part.sidebar .monaco-list-row[role="treeitem"]', { hasText: 'img src=x' });
  await rows.first().waitFor();
  assert.equal(await rows.count(), 1);
  assert.equal((await rows.first().boundingBox())?.height, 22);
  await rows.first().hover();
  await unharmed();
  await rows.first().click();
});

step('a message about a run that is named like a link has no link', async () => {
  const { page } = vscode;
  const runs = await RunsViewPage.open(page);
  await runs.inline('command:workbench', 'Resume Run');
  const toast = notifications(page, 'command:workbench').first();
  await toast.waitFor();
  assert.equal(await toast.locator('.notification-list-item-message a').count(), 0);
  await vscode.screenshot('link');
  await clearNotifications(page);
  await runs.row('img src=x').click();
});

step('the drift panel draws its layers, with their names as text that fits', async () => {
  const drift = await DriftPanel.find(vscode.page);
  await drift.waitForState('finished');
  const series = await drift.similarity();
  assert.equal(series.length, 7);
  assert.ok(series.every(({ points }) => points.length > 0));
  const overflow = await drift.frame.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(overflow, 0);
  assert.match((await drift.frame.locator('#run-name').textContent()) ?? '', /<img src=x/);
  await vscode.screenshot('drift');
  await unharmed();
});

step('the preview of a checkpoint lists its tensors, and a header of 4 EiB is one sentence', async () => {
  const { page } = vscode;
  await openView(page, 'Explorer');
  await chooseFromMenu(page, treeRows(page, 'img src=x'), 'Open Checkpoint Preview');
  const frame = await webviewFrame(page, '#app[data-checkpoint="done"]');
  await until('the tensors', async () => (await frame.locator('.tree-row').count()) >= hostile.length);
  const heights = await frame
    .locator('.tree-row')
    .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
  assert.ok(heights.every((height) => height === 24));
  await frame.locator('.tree-row', { hasText: 'img src=x' }).last().click();
  await frame.locator('#statistics').click();
  await frame.locator('#figures table').waitFor();
  await frame.locator('#metadata summary').click();
  await vscode.screenshot('checkpoint');
  await unharmed();
  await chooseFromMenu(page, treeRows(page, 'huge-header'), 'Open Checkpoint Preview');
  const broken = await CheckpointPreview.find(page, 'huge-header.safetensors');
  await broken.waitForState('failed');
  assert.match((await broken.messages()).join(), /its header claims 4611686018427387904 bytes/);
  await unharmed();
});

step('a repsim.json full of such names is underlined, and does not run', async () => {
  const { page } = vscode;
  await treeRows(page, 'repsim.json').first().click();
  await page.locator('.squiggly-error').first().waitFor();
  await runCommand(page, 'RepSim: Finetune as repsim.json Says');
  await page.locator('.notification-toast', { hasText: 'repsim.json, line' }).waitFor();
  await statusBarItem(page, 'RepSim').first().hover();
  assert.deepEqual(vscode.engines(), []);
  await vscode.screenshot('configuration');
  await unharmed();
  assert.deepEqual(vscode.foreign(), []);
});
