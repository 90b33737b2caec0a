/** Restricted Mode: a workspace that nobody trusts can be looked at, and runs nothing. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { packedExtension, sample } from './harness/extension';
import { startVsCode } from './harness/vscode';
import {
  clearNotifications,
  notifications,
  openFile,
  openView,
  openWorkbench,
  runCommand,
  treeRows,
} from './harness/workbench';

const settings = { checkpoint: 'fashion-vit-tiny', data: 'brainregion.npz' };

test('without trust nothing runs', { timeout: 180_000 }, async () => {
  const vscode = await startVsCode({
    name: 'trust',
    vsix: packedExtension(),
    trusted: false,
    settings: {
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
    },
    files: {
      'fashion-vit-tiny': sample.checkpoint,
      'brainregion.npz': sample.data,
      'repsim.json': JSON.stringify(settings),
    },
  });
  const { page } = vscode;
  try {
    await openWorkbench(page, vscode.url());
    await openFile(page, 'repsim.json');
    for (const title of [
      'RepSim: Finetune',
      'RepSim: Finetune the Bundled Sample',
      'RepSim: Finetune as repsim.json Says',
    ]) {
      await runCommand(page, title);
      await notifications(page, 'RepSim runs nothing in Restricted Mode').first().waitFor();
      await clearNotifications(page);
      await openFile(page, 'repsim.json');
    }
    await openView(page, 'RepSim');
    assert.equal(await treeRows(page, /repsim|brainregion/).count(), 0);
    assert.deepEqual(vscode.engines(), []);
    assert.equal(fs.existsSync(path.join(vscode.workspace, '.repsim')), false);
  } catch (error) {
    await vscode.screenshot('failed').catch(() => {});
    throw error;
  } finally {
    await vscode.close();
  }
});
