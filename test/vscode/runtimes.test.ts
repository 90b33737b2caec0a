/** What can compute is listed with its reasons, and choosing one sets the setting that runs go by. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { until } from '../support/until';
import { packedExtension } from './harness/extension';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  dismissQuestion,
  notifications,
  openWorkbench,
  problems,
  quickInput,
  runCommand,
  statusBarItem,
} from './harness/workbench';

let vscode: VsCode;
const step = story(() => vscode);

before(async () => {
  vscode = await startVsCode({
    name: 'runtimes',
    vsix: packedExtension(),
    files: { 'train.py': 'import torch\n' },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

const rows = () => quickInput(vscode.page).locator('.monaco-list-row');
const row = (name: string) => rows().filter({ hasText: new RegExp(`^\\s*${name}`) });

step('every runtime is listed with what it is, or why it does not work and what to do', async () => {
  await runCommand(vscode.page, 'RepSim: Show Runtimes');
  await row('reference').first().waitFor();
  await until('six runtimes', async () => (await rows().count()) === 6);
  assert.match((await row('onnx-cpu').textContent())!, /\d+ threads? · \d+\.\d+\.\d+ · [\d.]+ GFLOP\/s/);
  assert.match((await row('onnx-cuda').textContent())!, /not available[\s\S]*: (install|use) /);
  await vscode.screenshot('runtimes');
});

step('choosing one sets the setting, and the status bar shows it', async () => {
  await row('reference').click();
  await statusBarItem(vscode.page, /reference/).waitFor();
  await runCommand(vscode.page, 'RepSim: Show Runtimes');
  await row('reference').locator('.codicon-check').waitFor();
  await row('auto').click();
  await statusBarItem(vscode.page, /RepSim · (onnx-|tensorflow)/).waitFor();
  await runCommand(vscode.page, 'RepSim: Show Runtimes');
  await row('auto').locator('.codicon-check').waitFor();
  await dismissQuestion(vscode.page);
});

step('what does not work is not chosen', async () => {
  await runCommand(vscode.page, 'RepSim: Show Runtimes');
  await row('onnx-cuda').click();
  await notifications(vscode.page, /"onnx-cuda" does not work on this machine/).waitFor();
});

step('what can be mended by a command offers it', async () => {
  await runCommand(vscode.page, 'RepSim: Show Runtimes');
  const text = await row('tensorflow').textContent();
  if (!/not available/.test(text!)) return vscode.page.keyboard.press('Escape');
  assert.match(text!, /link an installed Python TensorFlow: "RepSim: Use Python TensorFlow\.\.\."/);
  await row('tensorflow').click();
  const warning = notifications(vscode.page, /"tensorflow" does not work on this machine/);
  await warning.getByRole('button', { name: 'Use Python TensorFlow...' }).click();
  await quickInput(vscode.page).getByText('Which Python has TensorFlow?').waitFor();
  await vscode.page.keyboard.press('Escape');
});

step('linking asks for a Python, and says what is missing', async () => {
  const python = path.join(vscode.workspace, '.venv', 'bin', 'python');
  fs.mkdirSync(path.dirname(python), { recursive: true });
  fs.writeFileSync(python, '#!/bin/sh\necho \'{"folder": null, "version": null}\'\n', { mode: 0o755 });
  await runCommand(vscode.page, 'RepSim: Use Python TensorFlow...');
  await rows().filter({ hasText: '.venv' }).click();
  await notifications(vscode.page, /has no TensorFlow: install it with/).waitFor();
  await vscode.screenshot('no-tensorflow');
  assert.deepEqual(await problems(vscode.page), []);
});
