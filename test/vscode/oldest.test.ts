/** The oldest VS Code that the extension supports and that can be had: a run from begin to end, and the panels. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { CheckpointPreview } from './harness/checkpoint';
import { DriftPanel } from './harness/drift';
import { packedExtension, sample } from './harness/extension';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  chooseFromMenu,
  expandFolder,
  openView,
  openWorkbench,
  runCommand,
  treeRows,
} from './harness/workbench';

let vscode: VsCode;
const step = story(() => vscode);

before(async () => {
  const settings = {
    checkpoint: 'vit',
    data: 'brainregion.npz',
    epochs: 1,
    probeSize: 32,
    sharpnessSize: 8,
  };
  vscode = await startVsCode({
    name: 'oldest',
    version: 'oldest',
    vsix: packedExtension(),
    files: {
      vit: sample.checkpoint,
      'brainregion.npz': sample.data,
      'repsim.json': JSON.stringify(settings),
    },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

step('the extension is activated, finetunes, and draws the drift', async () => {
  const { page } = vscode;
  await treeRows(page, 'repsim.json').first().click();
  await runCommand(page, 'RepSim: Finetune as repsim.json Says');
  const drift = await DriftPanel.find(page);
  await drift.waitForState('finished');
  const series = await drift.similarity();
  assert.equal(series.length, 7);
  assert.ok(series.every(({ points }) => points.length > 1));
  await vscode.screenshot('drift');
  await openView(page, 'RepSim');
  await treeRows(page, 'repsim brainregion').first().waitFor();
});

step('the preview of a checkpoint opens', async () => {
  const { page } = vscode;
  await openView(page, 'Explorer');
  await expandFolder(page, 'vit');
  await chooseFromMenu(page, treeRows(page, 'model.safetensors'), 'Open Checkpoint Preview');
  const preview = await CheckpointPreview.find(page, 'model.safetensors');
  await preview.waitForState('done');
  assert.match((await preview.totals()) ?? '', /^104 tensors/);
  await vscode.screenshot('checkpoint');
});
