/** Restricted Mode: a workspace that nobody trusts can be looked at, and runs nothing. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { DriftPanel } from './harness/drift';
import { packedExtension, sample } from './harness/extension';
import { RunsViewPage } from './harness/runsView';
import { seedRuns } from './harness/seededRun';
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

test('without trust nothing runs', { timeout: 900_000 }, async () => {
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

    // What came with the folder can be looked at, and is neither gone on with nor changed.
    for (const [file, text] of Object.entries(seedRuns([{ id: '2026-04-20-someone' }]))) {
      fs.mkdirSync(path.dirname(path.join(vscode.workspace, file)), { recursive: true });
      fs.writeFileSync(path.join(vscode.workspace, file), text);
    }
    await runCommand(page, 'View: Close All Editors');
    await openView(page, 'RepSim');
    const runs = await RunsViewPage.open(page);
    await runs.row(/repsim brainregion.*interrupted/).waitFor();
    for (const action of ['Resume Run', 'Star Run']) {
      await runs.inline('repsim brainregion', action);
      await notifications(page, 'RepSim runs nothing in Restricted Mode').first().waitFor();
      await clearNotifications(page);
      await runCommand(page, 'View: Close All Editors');
      await RunsViewPage.open(page);
    }
    await runs.row('repsim brainregion').click();
    const panel = await DriftPanel.find(page);
    await panel.waitForState('interrupted');
    assert.ok((await panel.similarity()).length > 0, 'its charts are drawn');
    assert.deepEqual(vscode.engines(), []);
    const left = fs.readdirSync(path.join(vscode.workspace, '.repsim/runs/2026-04-20-someone')).sort();
    assert.deepEqual(left, ['events.jsonl', 'run.json'], 'nothing was written');
  } catch (error) {
    await vscode.screenshot('failed').catch(() => {});
    throw error;
  } finally {
    await vscode.close();
  }
});
