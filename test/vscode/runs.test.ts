/** The view of the runs: what was left by other days is found again, arranged, described, reported and deleted. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { until } from '../support/until';
import { hostileName } from '../webview/exampleRuns';
import { packedExtension } from './harness/extension';
import { answerDialog, answerInput, dialogBox, inputBox, RunsViewPage } from './harness/runsView';
import { type SeededRun, seedRuns } from './harness/seededRun';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerNotification,
  chooseFromMenu,
  editorTabs,
  notifications,
  openWorkbench,
  quickInput,
  reloadWindow,
  runCommand,
  treeRows,
} from './harness/workbench';

/** The newest first. */
const seeded: readonly SeededRun[] = [
  { id: '2026-04-20-repsim-brain', accuracy: 0.688 },
  { id: '2026-04-19-full-brain', method: 'full', accuracy: 0.712, about: { note: 'too sharp' } },
  { id: '2026-04-18-full-retina', method: 'full', data: '/data/retina.npz', accuracy: 0.655 },
  { id: '2026-04-17-repsim-retina', data: '/data/retina.npz' },
  {
    id: '2026-04-16-hostile',
    accuracy: 0.5,
    about: { name: hostileName.slice(0, 100), note: hostileName.slice(0, 9000) },
    manifest: (manifest) => ({
      ...manifest,
      settings: { ...manifest.settings, data: `/data/${hostileName}` },
      model: { ...manifest.model, layers: manifest.model.layers.map((_, i) => `${hostileName}${i}`) },
      data: { ...manifest.data, classes: [hostileName, hostileName] },
    }),
  },
];
const [repsimBrain, fullBrain, fullRetina, repsimRetina] = [
  'repsim brainregion',
  'full brainregion',
  'full retina',
  'repsim retina',
];

let vscode: VsCode;
let runs: RunsViewPage;
before(async () => {
  vscode = await startVsCode({
    name: 'runs',
    vsix: packedExtension(),
    settings: { 'files.simpleDialog.enable': true },
    files: { 'train.py': '', ...seedRuns(seeded) },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

const step = story(() => vscode);
const folderOf = (id: string) => path.join(vscode.workspace, '.repsim/runs', id);
const aboutOf = (id: string) => JSON.parse(fs.readFileSync(path.join(folderOf(id), 'about.json'), 'utf8'));
/** All but the hostile one, whose name is not worth repeating. */
const tame = async () => (await runs.names()).filter((name) => !name.includes('<img'));
const waitForTame = (expected: readonly string[]) =>
  until(`the rows ${expected.join(', ')}`, async () => (await tame()).join() === expected.join());

step('runs of other days are found again, each with its state and what it reached', async () => {
  runs = await RunsViewPage.open(vscode.page);
  await waitForTame([repsimBrain, fullBrain, fullRetina, repsimRetina]);
  await runs.row(/full brainregion.*accuracy 71\.2 %/).waitFor();
  await runs.row(/repsim retina.*interrupted/).waitFor();
  assert.match((await runs.row(fullRetina).getAttribute('aria-label')) ?? '', /full retina, finished/);
  assert.deepEqual(await runs.inlineActions(repsimRetina), ['Open Drift', 'Resume Run', 'Star Run']);
  assert.deepEqual(await runs.inlineActions(fullBrain), ['Open Drift', 'Star Run']);
  await vscode.screenshot('runs');
});

step('a hostile run is one row of plain text, and opens without scripting anything', async () => {
  const { page } = vscode;
  const row = runs.row(/<img/);
  const label = await row.locator('.label-name').textContent();
  assert.ok(label && label.length <= 140 && !/[\n\u202e\u2066]/.test(label), `${label}`);
  const tooltip = page.locator('.monaco-hover:visible', { hasText: 'onerror' });
  // A list that is drawn again meanwhile takes the tooltip with it.
  await until(
    'the tooltip',
    async () => {
      if (await tooltip.count()) return true;
      await page.mouse.move(900, 500);
      await row.hover();
      return false;
    },
    { interval: 2000 },
  );
  assert.equal(await page.locator('.monaco-hover img[src="x"]').count(), 0);
  await vscode.screenshot('hostile tooltip');
  await row.click();
  await until(
    'the panel',
    async () => (await page.locator('.tabs-container .tab', { hasText: 'Drift' }).count()) > 0,
  );
  assert.notEqual(await page.title(), 'scripted');
  await runCommand(page, 'View: Close All Editors');
});

step('panels of runs that are looked at one after the other share a column', async () => {
  const { page } = vscode;
  for (const name of [fullBrain, fullRetina, repsimRetina]) {
    await runs.row(name).click();
    await editorTabs(page, `Drift: ${name}`).waitFor();
  }
  assert.equal(await page.locator('.editor-group-container').count(), 1);
  await runCommand(page, 'View: Close All Editors');
});

step('a star brings a run to the front, and is kept with the run', async () => {
  await runs.inline(fullRetina, 'Star Run');
  await waitForTame([fullRetina, repsimBrain, fullBrain, repsimRetina]);
  assert.equal(aboutOf('2026-04-18-full-retina').starred, true);
  assert.match((await runs.row(fullRetina).getAttribute('aria-label')) ?? '', /starred/);
});

step('a run is renamed by the keyboard, and a note is found by the filter', async () => {
  const { page } = vscode;
  await runs.row(repsimBrain).click();
  await runs.press(repsimBrain, 'F2', inputBox(page, 'Rename "repsim brainregion"'));
  await answerInput(page, 'Rename "repsim brainregion"', 'the good one');
  await waitForTame([fullRetina, 'the good one', fullBrain, repsimRetina]);
  assert.equal(aboutOf('2026-04-20-repsim-brain').name, 'the good one');

  await chooseFromMenu(page, runs.row('the good one'), 'Edit Note of Run');
  await answerInput(page, 'Note on "the good one"', 'for the poster');
  await until('the note', () => aboutOf('2026-04-20-repsim-brain').note === 'for the poster');
  await runs.filter('POSTER');
  await waitForTame(['the good one']);
  await until('the filter to be named', async () =>
    /filtered: "POSTER"/.test((await runs.description()) ?? ''),
  );
  await vscode.screenshot('filtered');
  await runs.filter('nothing like this');
  await page.locator('.part.sidebar', { hasText: 'No run matches the filter.' }).waitFor();
  await runCommand(page, 'RepSim: Clear Filter of Runs');
  await waitForTame([fullRetina, 'the good one', fullBrain, repsimRetina]);
});

step('runs are sorted and grouped, and the choice outlives a reload', async () => {
  const { page } = vscode;
  await runs.ask('RepSim: Sort Runs...', 'Sort Runs', 'Accuracy');
  await waitForTame([fullRetina, fullBrain, 'the good one', repsimRetina]);
  await runs.ask('RepSim: Group Runs...', 'Group Runs', 'Method');
  await waitForTame(['full', fullRetina, fullBrain, 'repsim', 'the good one', repsimRetina]);
  assert.match((await runs.row(/^full/).getAttribute('aria-label')) ?? '', /full, 2 runs/);
  await vscode.screenshot('grouped');
  await reloadWindow(page);
  runs = await RunsViewPage.open(page);
  await waitForTame(['full', fullRetina, fullBrain, 'repsim', 'the good one', repsimRetina]);
  await runs.ask('RepSim: Group Runs...', 'Group Runs', 'No Groups');
  await runs.ask('RepSim: Sort Runs...', 'Sort Runs', 'Newest');
  await waitForTame([fullRetina, 'the good one', fullBrain, repsimRetina]);
});

step('a report of two runs is one file with their charts, hostile names in it as text', async () => {
  const { page } = vscode;
  await runs.row('the good one').click();
  await runs.row(/<img/).click({ modifiers: ['Control'] });
  await runs.row(fullBrain).click({ modifiers: ['Control'] });
  await chooseFromMenu(page, runs.row(fullBrain), 'Export Report');
  const target = path.join(vscode.workspace, 'reports.html');
  const widget = quickInput(page);
  const name = widget.locator('input').first();
  await until('the proposed name', async () => /report\.html$/.test(await name.inputValue()));
  // The dialog writes into its input while it looks into the folder.
  await until(
    'the name to stay',
    async () => {
      if ((await name.inputValue()) === target) return true;
      await name.fill(target);
      return false;
    },
    { interval: 500 },
  );
  await name.press('Enter');
  const written = 'The report is written: reports.html';
  await notifications(page, written).waitFor();
  const html = fs.readFileSync(target, 'utf8');
  assert.ok(html.length < 1_000_000);
  assert.match(html, /the good one/);
  assert.match(html, /for the poster/);
  assert.ok((html.match(/<svg/g) ?? []).length >= 6);
  await answerNotification(page, written, 'Open in Editor', editorTabs(page, 'reports.html'));

  const reader = await page.context().newPage();
  const asked: string[] = [];
  reader.on('request', (request) => asked.push(request.url()));
  await reader.goto(`file://${target}`);
  assert.notEqual(await reader.title(), 'scripted');
  assert.deepEqual(asked, [`file://${target}`], 'it asks for nothing else');
  assert.equal(await reader.locator('svg.chart').first().isVisible(), true);
  assert.equal(await reader.locator('img, script').count(), 0);
  await reader.screenshot({ path: path.join(vscode.out, 'report.png'), fullPage: true });
  await reader.close();
  await runCommand(page, 'View: Close All Editors');
});

step('two runs that are selected are compared', async () => {
  const { page } = vscode;
  await runs.row('the good one').click();
  await runs.row(fullBrain).click({ modifiers: ['Control'] });
  await chooseFromMenu(page, runs.row(fullBrain), 'Compare Selected Runs');
  // Their checkpoints are gone, which the comparison says by name.
  await until('the comparison of both', async () => {
    for (const frame of page.frames()) {
      const text = await frame
        .locator('#app[data-compare="failed"]')
        .textContent({ timeout: 500 })
        .catch(() => '');
      if (text?.includes('2026-04-')) return true;
    }
    return false;
  });
});

step('runs are deleted after a question that counts, and never without it', async () => {
  const { page } = vscode;
  await runs.row('the good one').click();
  await runs.row(fullBrain).click({ modifiers: ['Control'] });
  await runs.press(fullBrain, 'Delete', dialogBox(page, 'Delete 2 runs?'));
  await answerDialog(page, 'Delete 2 runs?', 'Cancel');
  assert.ok(fs.existsSync(folderOf('2026-04-19-full-brain')));
  await runs.press(fullBrain, 'Delete', dialogBox(page, 'Delete 2 runs?'));
  await vscode.screenshot('delete');
  await answerDialog(page, 'Delete 2 runs?', 'Move to Trash');
  // A server has no trash: it says so before anything is lost.
  await answerDialog(page, 'could not be moved to a trash', 'Delete Permanently');
  await waitForTame([fullRetina, repsimRetina]);
  assert.equal(fs.existsSync(folderOf('2026-04-19-full-brain')), false);
  assert.equal(fs.existsSync(folderOf('2026-04-20-repsim-brain')), false);
  assert.ok(fs.existsSync(folderOf('2026-04-18-full-retina')));
});

step('a run that a program of this machine works on is not deleted', async () => {
  const { page } = vscode;
  const folder = folderOf('2026-04-17-repsim-retina');
  const { claimRun } = await import('../../src/protocol/leaseFiles');
  const claim = await claimRun(folder);
  assert.ok('lease' in claim);
  await runs.row(/repsim retina.*% · Epoch/).click();
  await runs.press(repsimRetina, 'Delete', notifications(page, 'is still going on: cancel it first').first());
  assert.ok(fs.existsSync(path.join(folder, 'run.json')));
  await claim.lease.release();
  assert.equal(await treeRows(page, '<img').count(), 1, 'the hostile run is where it was');
});
