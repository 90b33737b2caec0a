/** The walkthrough opens, shows its five steps with their pictures, and ticks what has been done. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { until } from '../support/until';
import { DriftPanel } from './harness/drift';
import { packedExtension } from './harness/extension';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  editorTabs,
  hideSideBar,
  openView,
  openWorkbench,
  runCommand,
  statusBarItem,
} from './harness/workbench';

let vscode: VsCode;
const step = story(() => vscode);
const steps = () => vscode.page.locator('.getting-started-step');
/** Opens a step by its number, from 0. A second click would leave it as it is. */
const expand = (i: number) =>
  until(
    `step ${i + 1} to be open`,
    async () => {
      const one = steps().nth(i);
      if (/expanded/.test((await one.getAttribute('class')) ?? '')) return one;
      await one.click();
      return undefined;
    },
    { interval: 500 },
  );
/** Ids of the steps that are ticked, without the extension's. */
const done = async () => {
  const ids = await vscode.page
    .locator('.getting-started-step:has(.codicon.complete)')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-step-id') ?? ''));
  return ids.map((id) => id.split('#').at(-1));
};

before(async () => {
  vscode = await startVsCode({
    name: 'walkthrough',
    vsix: packedExtension(),
    files: { 'readme.md': '# x\n' },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

step('the empty view of runs leads to it, and each of its steps has a picture with words', async () => {
  const { page } = vscode;
  await openView(page, 'RepSim');
  await page.locator('.part.sidebar').getByText('Open the walkthrough').click();
  await until('five steps', async () => (await steps().count()) === 5);
  // There is room for the pictures then.
  await hideSideBar(page);
  for (let i = 0; i < 5; i++) {
    const expanded = await expand(i);
    const title = await expanded.locator('.step-title').first().textContent();
    assert.ok(title);
    const picture = page.locator('.getting-started-media').first();
    await picture.waitFor();
    await vscode.screenshot(`step-${i + 1}`);
  }
  assert.deepEqual(await done(), []);
});

step('the step of the sample starts its run, and what was seen is ticked', async () => {
  const { page } = vscode;
  await expand(0);
  await page
    .locator('.getting-started-step.expanded')
    .getByRole('button', { name: 'Finetune the Bundled Sample' })
    .first()
    .click();
  const drift = await DriftPanel.find(page);
  await until('some steps', async () => (await drift.step()) > 5);
  await editorTabs(page, /Welcome|Walkthrough/)
    .first()
    .click();
  await until('two ticks', async () => (await done()).length >= 2);
  assert.deepEqual((await done()).sort(), ['drift', 'finetune']);
  await vscode.screenshot('ticked');
  await runCommand(page, 'RepSim: Cancel Run');
  await statusBarItem(page, 'RepSim:').waitFor({ state: 'detached' });
});
