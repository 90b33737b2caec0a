/** A repsim.json is written, mended where the editor underlines it, and finetuned from; the status bar tells how it goes. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { parseSettingsFile } from '../../src/protocol/settingsFile';
import { until } from '../support/until';
import { DriftPanel } from './harness/drift';
import { packedExtension, sample } from './harness/extension';
import { manifestOf, runFolders } from './harness/runFolder';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  dismissQuestion,
  editorTabs,
  openWorkbench,
  problems,
  quickInput,
  runCommand,
  statusBarItem,
} from './harness/workbench';

let vscode: VsCode;
const step = story(() => vscode);
const file = () => path.join(vscode.workspace, 'repsim.json');
const write = (settings: object) => fs.writeFileSync(file(), JSON.stringify(settings, null, 2));

before(async () => {
  vscode = await startVsCode({
    name: 'configuration',
    vsix: packedExtension(),
    files: { vit: sample.checkpoint, 'brainregion.npz': sample.data },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

step('Create Configuration fills in what the workspace has, and writes nothing itself', async () => {
  const { page } = vscode;
  await runCommand(page, 'RepSim: Create Configuration');
  await editorTabs(page, 'repsim.json').first().waitFor();
  await page.locator('.view-line', { hasText: '"checkpoint": "vit"' }).waitFor();
  assert.equal(fs.existsSync(file()), false);
  await vscode.screenshot('created');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+S');
  const text = await until(
    'the file',
    () => (fs.existsSync(file()) && fs.readFileSync(file(), 'utf8')) || undefined,
  );
  assert.match(text, /\/\/ .*Ctrl\+Space/);
  assert.deepEqual(parseSettingsFile(text), {
    settings: {
      checkpoint: 'vit',
      data: 'brainregion.npz',
      method: 'repsim',
      lambda: 0.1,
      epochs: 15,
      batch: 32,
      seed: 0,
    },
  });
});

step('a second time it opens the file that is there', async () => {
  const { page } = vscode;
  const before = fs.readFileSync(file(), 'utf8');
  await runCommand(page, 'RepSim: Create Configuration');
  await page.locator('.notification-toast', { hasText: 'is there already' }).waitFor();
  assert.equal(fs.readFileSync(file(), 'utf8'), before);
});

step('paths that lead nowhere and blocks that the model lacks are underlined at their line', async () => {
  const { page } = vscode;
  write({ checkpoint: 'vit', data: 'brain.npz', layers: [0, 6], epochs: 1 });
  await until('two problems', async () => (await problems(page)).length === 2);
  const [missing = '', block = ''] = await problems(page);
  assert.match(missing, /There is no brain\.npz: give a path .*RepSim.*\[Ln 3, Col 11\]/);
  assert.match(block, /There is no block 6: the model has 6, numbered 0 to 5\..*\[Ln 6, Col 5\]/);
  await vscode.screenshot('problems');
});

step('completion offers what lies in the folder', async () => {
  const { page } = vscode;
  write({ checkpoint: 'vit', data: '', epochs: 1 });
  await page.locator('.view-line', { hasText: '"data": ""' }).waitFor();
  await page.locator('.view-line', { hasText: '"data": ""' }).click();
  await page.keyboard.press('Control+G');
  const goTo = quickInput(page).locator('input').first();
  await goTo.fill(':3:12');
  await goTo.press('Enter');
  await statusBarItem(page, 'Ln 3, Col 12').waitFor();
  await runCommand(page, 'Trigger Suggest');
  const offered = page.locator('.suggest-widget .monaco-list-row', { hasText: 'brainregion.npz' });
  await offered.first().waitFor();
  await page.keyboard.press('Escape');
});

step('once it is mended it runs, and the status bar tells how far it is and what computed it', async () => {
  const { page } = vscode;
  // Long enough to be looked at while it goes on.
  write({ checkpoint: 'vit', data: 'brainregion.npz', epochs: 6, probeSize: 32, sharpnessSize: 8 });
  await page.locator('.view-line', { hasText: '"brainregion.npz"' }).waitFor();
  await until('no problem left', async () => (await problems(page)).length === 0);
  await runCommand(page, 'RepSim: Finetune as repsim.json Says');
  const item = statusBarItem(page, /RepSim: \d+ %/);
  await item.waitFor();
  assert.match((await item.locator('a').first().getAttribute('aria-label')) ?? '', /RepSim: /);
  await item.click();
  for (const action of ['Open Drift', 'Cancel Run', 'Show Log'])
    await quickInput(page).locator('.monaco-list-row', { hasText: action }).first().waitFor();
  await dismissQuestion(page);
  const drift = await DriftPanel.find(page);
  await drift.waitForState('finished');
  const [run] = runFolders(vscode.workspace);
  const { runtime, settings } = manifestOf(run!);
  assert.equal(settings.epochs, 6);
  await statusBarItem(page, `RepSim · ${runtime.name}`).waitFor();
});
