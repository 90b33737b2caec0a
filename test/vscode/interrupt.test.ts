/** A run that does not come to its end: cancelled, or its process killed. The window stays healthy. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { DriftPanel } from './harness/drift';
import { packedExtension, sample } from './harness/extension';
import { isAlive } from './harness/processes';
import { eventsOf, filesOf, manifestOf, runFolders } from './harness/runFolder';
import { story } from './harness/story';
import { until } from './harness/until';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  editorTabs,
  notifications,
  openFile,
  openView,
  openWorkbench,
  outputText,
  quickInput,
  runCommand,
  statusBarItem,
  treeRows,
  waitForQuickPick,
} from './harness/workbench';

/** Long enough to be interrupted on any machine. */
const settings = {
  checkpoint: 'fashion-vit-tiny',
  data: 'brainregion.npz',
  method: 'full',
  epochs: 500,
  probeEvery: 20,
};

let vscode: VsCode;
before(async () => {
  vscode = await startVsCode({
    name: 'interrupt',
    vsix: packedExtension(),
    files: {
      'repsim.json': JSON.stringify(settings, null, 2),
      'fashion-vit-tiny': sample.checkpoint,
      'brainregion.npz': sample.data,
    },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

const step = story(() => vscode, 180_000);

/** Starts what repsim.json says and waits until it trains. */
async function startRun(): Promise<{ panel: DriftPanel; engine: number }> {
  const { page } = vscode;
  await openFile(page, 'repsim.json');
  await runCommand(page, 'RepSim: Finetune as repsim.json Says');
  await editorTabs(page, 'Drift').waitFor();
  const panel = await DriftPanel.find(page, 60_000);
  await panel.waitForState('running', 90_000);
  await until('some steps', async () => (await panel.step()) >= 3, { timeout: 60_000 });
  const [engine, ...others] = vscode.engines();
  assert.ok(engine && others.length === 0);
  return { panel, engine: engine.pid };
}

step('cancel stops the run within two seconds and leaves it readable', async () => {
  const { panel, engine } = await startRun();
  const asked = Date.now();
  await panel.frame.locator('#cancel').click();
  await until('the engine process to end', () => !isAlive(engine), { timeout: 10_000, interval: 20 });
  const stopped = Date.now() - asked;
  console.log(`The run stopped ${stopped} ms after the click on Cancel`);
  assert.ok(stopped < 2000, `it took ${stopped} ms`);
  await panel.waitForState('cancelled', 10_000);

  const [run] = runFolders(vscode.workspace);
  assert.ok(run);
  assert.equal(eventsOf(run).at(-1)?.type, 'cancelled');
  assert.equal(manifestOf(run).settings.method, 'full');
  assert.deepEqual(
    filesOf(run).filter((file) => file.startsWith('checkpoints/final') || file.startsWith('results/')),
    [],
    'nothing claims to be final',
  );
  assert.ok(
    (await panel.similarity()).every(({ points }) => points.length > 0),
    'what was measured is still shown',
  );
  const { page } = vscode;
  await openView(page, 'RepSim');
  await treeRows(page, 'cancelled').waitFor();
  await statusBarItem(page, 'RepSim:').waitFor({ state: 'detached' });
  assert.equal(await notifications(page, 'RepSim').count(), 0, 'who cancels needs no message');
  await vscode.screenshot('cancelled');
  await runCommand(page, 'View: Close All Editors');
});

step('a killed engine is an error with Show Log, and the window stays healthy', async () => {
  const { page } = vscode;
  const { panel, engine } = await startRun();
  process.kill(engine, 'SIGKILL');
  const toast = notifications(page, 'The engine stopped unexpectedly');
  await toast.waitFor();
  await panel.waitForState('interrupted', 15_000);
  await vscode.screenshot('engine killed');
  await toast.getByRole('button', { name: 'Show Log' }).click();
  await until('the death in the log', async () => (await outputText(page)).includes('SIGKILL'));

  const run = runFolders(vscode.workspace).at(-1);
  assert.ok(run);
  assert.ok(eventsOf(run).some(({ type }) => type === 'step'));
  await openView(page, 'RepSim');
  await treeRows(page, 'interrupted').waitFor();
  await treeRows(page, 'cancelled').waitFor();
  await runCommand(page, 'RepSim: Finetune');
  await waitForQuickPick(page, /RepSim: Finetune \(1\/4\)/);
  await page.keyboard.press('Escape');
  await quickInput(page).waitFor({ state: 'hidden' });
});

step('after both, another run can start and stop', async () => {
  const { page } = vscode;
  await runCommand(page, 'View: Close All Editors');
  const { panel, engine } = await startRun();
  await runCommand(page, 'RepSim: Cancel Run');
  await until('the engine process to end', () => !isAlive(engine), { timeout: 10_000 });
  await panel.waitForState('cancelled', 10_000);
});
