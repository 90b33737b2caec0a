/**
 * A run that does not come to its end at once: cancelled, its process killed, its window reloaded, asked for by two windows. The
 * window stays healthy, and what was begun can be finished.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import type { Locator } from 'playwright-core';
import { parseRunEvent } from '../../src/protocol/runs';
import { until } from '../support/until';
import { DriftPanel } from './harness/drift';
import { packedExtension, sample } from './harness/extension';
import { isAlive } from './harness/processes';
import { eventsOf, filesOf, manifestOf, resultOf, runFolders } from './harness/runFolder';
import { RunsViewPage } from './harness/runsView';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerNotification,
  clearNotifications,
  dismissQuestion,
  editorTabs,
  notifications,
  openFile,
  openView,
  openWorkbench,
  outputText,
  quickInput,
  reloadWindow,
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

const step = story(() => vscode);

/** Starts what repsim.json says and waits until it trains. */
async function startRun(said = settings): Promise<{ panel: DriftPanel; engine: number }> {
  const { page } = vscode;
  fs.writeFileSync(path.join(vscode.workspace, 'repsim.json'), JSON.stringify(said, null, 2));
  await openFile(page, 'repsim.json');
  await page.locator('.view-line', { hasText: `"epochs": ${said.epochs}` }).waitFor();
  await runCommand(page, 'RepSim: Finetune as repsim.json Says');
  await editorTabs(page, 'Drift').waitFor();
  const panel = await DriftPanel.find(page);
  await panel.waitForState('running');
  await until('some steps', async () => (await panel.step()) >= 3);
  const { pid } = manifestOf(runFolders(vscode.workspace).at(-1)!);
  assert.ok(
    vscode.engines().some((engine) => engine.pid === pid),
    'the run names the process that works on it',
  );
  return { panel, engine: pid };
}

step('cancel stops the run within two seconds and leaves it readable', async () => {
  const { panel, engine } = await startRun();
  await panel.frame.locator('#cancel').click();
  const asked = Date.now();
  await until('the engine process to end', () => !isAlive(engine), { interval: 20 });
  const stopped = Date.now() - asked;
  console.log(`The run stopped ${stopped} ms after the click on Cancel`);
  assert.ok(stopped < 2000, `it took ${stopped} ms`);
  await panel.waitForState('cancelled');

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
  await notifications(page, 'The engine stopped unexpectedly').waitFor();
  await panel.waitForState('interrupted');
  await vscode.screenshot('engine killed');
  const output = page.locator('.part.panel .view-line').first();
  await answerNotification(page, 'The engine stopped unexpectedly', 'Show Log', output);
  await until('the death in the log', async () => (await outputText(page)).includes('SIGKILL'));

  const run = runFolders(vscode.workspace).at(-1);
  assert.ok(run);
  assert.ok(eventsOf(run).some(({ type }) => type === 'step'));
  await openView(page, 'RepSim');
  await treeRows(page, 'interrupted').waitFor();
  await treeRows(page, 'cancelled').waitFor();
  await runCommand(page, 'RepSim: Finetune');
  await waitForQuickPick(page, /RepSim: Finetune \(1\/4\)/);
  await dismissQuestion(page);
});

step('after both, another run can start and stop', async () => {
  const { page } = vscode;
  await runCommand(page, 'View: Close All Editors');
  const { panel, engine } = await startRun();
  await runCommand(page, 'RepSim: Cancel Run');
  await until('the engine process to end', () => !isAlive(engine));
  await panel.waitForState('cancelled');
});

/** Short enough to come to its end here, long enough on a fast machine to write a checkpoint before: that takes 10 seconds. */
const shorter = { ...settings, epochs: 30, sharpnessSize: 16 };

/** Starts a run, waits for its first checkpoint and kills its engine. */
async function crashedRun(): Promise<string> {
  const { page } = vscode;
  const { engine } = await startRun(shorter);
  const run = runFolders(vscode.workspace).at(-1);
  assert.ok(run);
  await until('a checkpoint', () => eventsSoFar(run).some(({ type }) => type === 'checkpoint'));
  process.kill(engine, 'SIGKILL');
  await notifications(page, 'The engine stopped unexpectedly').waitFor();
  return run;
}

/** As `eventsOf`, of a log whose last line may be half written. */
const eventsSoFar = (run: string) =>
  fs
    .readFileSync(path.join(run, 'events.jsonl'), 'utf8')
    .split('\n')
    .flatMap((line) => parseRunEvent(line) ?? []);

step('after a crash, Resume in the message goes on from the last checkpoint to the end', async () => {
  const { page } = vscode;
  await runCommand(page, 'View: Close All Editors');
  const run = await crashedRun();
  const checkpoint = eventsSoFar(run).findLast(({ type }) => type === 'checkpoint');
  assert.ok(checkpoint?.type === 'checkpoint' && checkpoint.step > 0);
  const panel = await DriftPanel.find(page);
  await panel.waitForState('interrupted');
  const going = panel.frame.locator('#app:is([data-state="running"], [data-state="finished"])');
  await answerNotification(page, 'The engine stopped unexpectedly', 'Resume', going);
  await panel.waitForState('finished', 600_000);
  const starts = eventsOf(run).flatMap((event) => (event.type === 'started' ? [event.fromStep] : []));
  assert.deepEqual(starts, [0, checkpoint.step], 'it went on from the checkpoint');
  assert.equal(manifestOf(run).settings.epochs, shorter.epochs);
  assert.ok(resultOf(run).test.accuracy! > 0.3);
  const said = (await panel.messages()).join('\n');
  assert.doesNotMatch(said, /gone|unexpectedly/);
  await clearNotifications(page);
});

step('a reload in the middle of a run finds it again, with its progress; Cancel still works', async () => {
  const { page } = vscode;
  await runCommand(page, 'View: Close All Editors');
  const { engine } = await startRun();
  await reloadWindow(page);
  const runs = await RunsViewPage.open(page);
  const row = runs.row(/% · Epoch \d+ of 500/);
  await row.waitFor();
  const before = await row.textContent();
  await until('progress', async () => (await runs.row(/% · Epoch/).textContent()) !== before);
  assert.ok(isAlive(engine), 'the engine goes on');
  const status = statusBarItem(page, /RepSim: \d+ % · Epoch/);
  await status.waitFor();
  await status.click();
  for (const action of ['Open Drift', 'Cancel Run'])
    await quickInput(page).locator('.monaco-list-row', { hasText: action }).first().waitFor();
  await dismissQuestion(page);
  await vscode.screenshot('reloaded');
  const panel = await DriftPanel.find(page);
  await panel.waitForState('running');
  await runs.inline(/% · Epoch/, 'Cancel Run');
  await until('the engine process to end', () => !isAlive(engine));
  await panel.waitForState('cancelled');
  const run = runFolders(vscode.workspace).at(-1)!;
  assert.equal(eventsOf(run).at(-1)?.type, 'cancelled');
  await statusBarItem(page, 'RepSim:').waitFor({ state: 'detached' });
  await clearNotifications(page);
});

step(
  'of two windows that resume a run at the same moment one does, and the other one can cancel it',
  async () => {
    const { page } = vscode;
    const run = runFolders(vscode.workspace).at(-1)!;
    const startsOf = () => eventsSoFar(run).filter(({ type }) => type === 'started').length;
    assert.equal(startsOf(), 1);
    const second = await page.context().newPage();
    try {
      await openWorkbench(second, vscode.url());
      const windows = [page, second] as const;
      const buttons: Locator[] = [];
      for (const window of windows) {
        // The newest run is the first row.
        const row = (await RunsViewPage.open(window)).row(/^full brainregion.*cancelled/);
        await row.hover();
        const button = row.getByRole('button', { name: 'Resume Run' });
        await button.waitFor();
        buttons.push(button);
      }
      // The view of one may be so fast that the other has nothing to click any more: that is a refusal too.
      const clicks = await Promise.allSettled(buttons.map((button) => button.click({ timeout: 15_000 })));
      await until('the run to go on', () => startsOf() === 2);
      const refused = await until('a window that is refused', async () => {
        for (const [i, window] of windows.entries()) {
          if (clicks[i]!.status === 'rejected') return window;
          if (await notifications(window, 'being worked on by').count()) return window;
        }
        return undefined;
      });
      await until('one engine', () => vscode.engines().length === 1);
      await (await RunsViewPage.open(refused)).inline(/% · Epoch/, 'Cancel Run');
      await until('the engine process to end', () => vscode.engines().length === 0);
      assert.equal(startsOf(), 2);
      assert.equal(eventsOf(run).at(-1)?.type, 'cancelled');
    } finally {
      await second.close();
    }
  },
);

step('an engine that dies while no window is open leaves a run that the next window can resume', async () => {
  const { page } = vscode;
  await runCommand(page, 'View: Close All Editors');
  await page.bringToFront();
  const { engine } = await startRun();
  await page.goto('about:blank');
  process.kill(engine, 'SIGKILL');
  await until('the engine process to end', () => !isAlive(engine));
  await openWorkbench(page, vscode.url());
  const runs = await RunsViewPage.open(page);
  // The newest run is the first row.
  await until('the newest run to be interrupted', async () =>
    /interrupted/.test((await runs.row(/^full brainregion/).textContent()) ?? ''),
  );
  assert.equal(await notifications(page, 'RepSim').count(), 0, 'the view says it, quietly');
  assert.ok((await runs.inlineActions(/^full brainregion/)).includes('Resume Run'));
});
