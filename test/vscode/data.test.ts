/** Data is looked at before it is used: from the Explorer and the palette, with a model and without. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import type { Frame } from 'playwright-core';
import sharp from 'sharp';
import { until } from '../support/until';
import { packedExtension, sample } from './harness/extension';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerQuickPick,
  chooseFromMenu,
  dismissQuestion,
  editorTabs,
  openWorkbench,
  problems,
  reloadWindow,
  runCommand,
  treeRows,
  waitForQuickPick,
  webviewFrame,
} from './harness/workbench';

let vscode: VsCode;
const step = story(() => vscode);
const hostile = '<img src=x onerror=alert(1)>';

/** Two classes in two splits: one image is in both, one has two labels, one is broken. */
async function writeImages(root: string): Promise<void> {
  const image = (shade: number) =>
    sharp({ create: { width: 40, height: 30, channels: 3, background: { r: shade, g: 80, b: 120 } } })
      .png()
      .toBuffer();
  for (const [split, first] of [
    ['train', 10],
    ['test', 100],
  ] as const) {
    for (const [index, name] of ['cat', hostile].entries()) {
      const folder = path.join(root, split, name);
      fs.mkdirSync(folder, { recursive: true });
      for (let i = 0; i < 4; i++)
        fs.writeFileSync(path.join(folder, `${i}.png`), await image(first + 20 * index + i));
    }
  }
  fs.writeFileSync(path.join(root, 'test', 'cat', 'again.png'), await image(10));
  fs.writeFileSync(path.join(root, 'train', hostile, 'contradiction.png'), await image(11));
  fs.writeFileSync(path.join(root, 'train', 'cat', 'broken.png'), 'no image');
}

before(async () => {
  vscode = await startVsCode({
    name: 'data',
    vsix: packedExtension(),
    files: { vit: sample.checkpoint, 'brainregion.npz': sample.data },
  });
  await writeImages(path.join(vscode.workspace, 'pets'));
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

async function panel(name: string): Promise<Frame> {
  const frame = await webviewFrame(vscode.page, `#data-name:text-is("${name}")`);
  await until(
    'the data to be read',
    async () => (await frame.locator('#app').getAttribute('data-state')) === 'done',
  );
  return frame;
}

step('the Explorer previews a folder as a model sees it, and says what is wrong with it', async () => {
  const { page } = vscode;
  await chooseFromMenu(page, treeRows(page, 'pets').first(), 'Preview Data');
  await answerQuickPick(page, /as which model sees them/, 'vit');
  const frame = await panel('pets');
  const said = (await frame.locator('#messages li').allTextContents()).join('\n');
  assert.match(said, /1 image of validation or test is in an earlier split too/);
  assert.match(said, /with different labels/);
  assert.match(said, /1 file cannot be read/);
  assert.equal(await frame.locator('#sheet tbody tr').count(), 2);
  assert.ok((await frame.locator('#sheet canvas').count()) >= 8);
  assert.ok((await frame.locator('ol li').count()) > 0, 'the steps of the preprocessing');
  assert.equal(await frame.locator('img').count(), 0);
  await vscode.screenshot('pets');
  await frame.locator('#finetune').click();
  await waitForQuickPick(page, 'Method');
  await dismissQuestion(page);
  await until('the engine to end', () => vscode.engines().length === 0);
});

step('the palette asks for the data, and a model is not needed', async () => {
  const { page } = vscode;
  await runCommand(page, 'RepSim: Preview Data');
  await answerQuickPick(page, /Data: /, 'brainregion.npz');
  await answerQuickPick(page, /as which model sees them/, 'No Model');
  const frame = await panel('brainregion.npz');
  assert.match((await frame.locator('#data-facts').textContent()) ?? '', /^1.380 images · /);
  assert.equal(await frame.locator('ol li').count(), 0);
  await vscode.screenshot('brainregion');
});

step('a panel comes back with the window', async () => {
  await editorTabs(vscode.page, 'Data: brainregion.npz').first().waitFor();
  await reloadWindow(vscode.page);
  await panel('brainregion.npz');
  assert.deepEqual(await problems(vscode.page), []);
});
