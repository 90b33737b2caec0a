/** A checkpoint is looked into, followed while its file changes, and finetuned from there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { safetensorsBytes } from '../support/safetensorsBytes';
import { until } from '../support/until';
import { CheckpointPreview } from './harness/checkpoint';
import { packedExtension, sample } from './harness/extension';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerQuickPick,
  chooseFromMenu,
  editorTabs,
  openWorkbench,
  quickInput,
  treeRows,
  waitForQuickPick,
} from './harness/workbench';

let vscode: VsCode;
let preview: CheckpointPreview;
const step = story(() => vscode, 120_000);

const openPreview = async (file: string) => {
  await chooseFromMenu(vscode.page, treeRows(vscode.page, file), 'Open Checkpoint Preview');
  await editorTabs(vscode.page, file).first().waitFor();
  return CheckpointPreview.find(vscode.page, file);
};

before(async () => {
  vscode = await startVsCode({
    name: 'checkpoint',
    vsix: packedExtension(),
    settings: { 'explorer.compactFolders': false },
    files: { vit: sample.checkpoint, 'brainregion.npz': sample.data },
  });
  const one = { dtype: 'F32', shape: [3], data: Float32Array.of(1, 2, 3) };
  fs.writeFileSync(
    path.join(vscode.workspace, 'small.safetensors'),
    safetensorsBytes({ a: one, 'b.c': one }),
  );
  fs.writeFileSync(path.join(vscode.workspace, 'broken.safetensors'), '{"not": "weights"}');
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

step('the Explorer opens the preview: the tensors by module, with totals', async () => {
  const { page } = vscode;
  await treeRows(page, 'vit').first().click();
  await treeRows(page, 'model.safetensors').waitFor();
  preview = await openPreview('model.safetensors');
  await preview.waitForState('done');
  assert.match((await preview.totals()) ?? '', /^104 tensors · .* values · F32 · /);
  assert.ok((await preview.labels()).some((label) => label.includes('encoder.layer')));
  await vscode.screenshot('preview');
});

step('a filter finds a tensor, and its statistics are those of its values', async () => {
  await preview.filter('classifier.bias');
  await preview.select('bias');
  const figures = await preview.statistics();
  assert.equal(figures.get('NaN'), 0);
  const [least, mean, largest] = ['least', 'mean', 'largest'].map((name) => figures.get(name) ?? Number.NaN);
  assert.ok(least! < mean! && mean! < largest!, `${least} ${mean} ${largest}`);
  await vscode.screenshot('statistics');
  await until('the engine to end', () => vscode.engines().length === 0);
});

step('Finetune asks only for what the checkpoint does not tell', async () => {
  const { page } = vscode;
  await preview.frame.locator('#finetune').click();
  await answerQuickPick(page, /Data: /, 'brainregion.npz');
  await waitForQuickPick(page, 'Method');
  assert.match((await quickInput(page).locator('.quick-input-title').textContent()) ?? '', /2\/3/);
  await page.keyboard.press('Escape');
});

step('Compare asks what to compare it with', async () => {
  const { page } = vscode;
  await preview.frame.locator('#compare').click();
  await waitForQuickPick(page, 'B: what to compare it with');
  await page.keyboard.press('Escape');
});

step('a file that is written anew is shown anew, and a broken one gives its sentence', async () => {
  const small = await openPreview('small.safetensors');
  await small.waitForState('done');
  assert.match((await small.totals()) ?? '', /^2 tensors · 6 values/);
  assert.match((await small.messages()).join(), /no config\.json beside this file/);
  const file = path.join(vscode.workspace, 'small.safetensors');
  const values = Float32Array.from({ length: 8 }, (_, i) => i);
  fs.writeFileSync(file, safetensorsBytes({ only: { dtype: 'F32', shape: [8], data: values } }));
  await until('the new list', async () => /^1 tensor · 8 values/.test((await small.totals()) ?? ''));
  const broken = await openPreview('broken.safetensors');
  await broken.waitForState('failed');
  assert.match((await broken.messages()).join(), /broken\.safetensors is no safetensors file/);
});
