/** All panels in both high-contrast themes: everything has a name, and text stands out as WCAG's level AAA asks for. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import type { Frame } from 'playwright-core';
import { checkAccessibility } from '../support/accessiblePage';
import { until } from '../support/until';
import { CheckpointPreview } from './harness/checkpoint';
import { ComparePage } from './harness/compare';
import { DriftPanel } from './harness/drift';
import { packedExtension, sample } from './harness/extension';
import { finishedRun } from './harness/finishedRun';
import { LandscapePage } from './harness/landscape';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerQuickPick,
  chooseFromMenu,
  chooseTheme,
  editorTabs,
  expandFolder,
  openView,
  openWorkbench,
  treeRows,
} from './harness/workbench';

const highContrast = [
  ['Dark High Contrast', 'vscode-high-contrast'],
  ['Light High Contrast', 'vscode-high-contrast-light'],
] as const;
/** WCAG 1.4.6; high-contrast themes are chosen by those who need it. */
const contrast = 7;

let vscode: VsCode;
let scratch: string;
const step = story(() => vscode);

before(async () => {
  const vsix = packedExtension();
  scratch = await finishedRun();
  vscode = await startVsCode({
    name: 'themes',
    vsix,
    settings: { 'repsim.analysisImages': 8 },
    files: { vit: sample.checkpoint, '.repsim': { from: path.join(scratch, '.repsim') } },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(async () => {
  await vscode?.close();
  if (scratch) rmSync(scratch, { recursive: true, force: true });
});

/** The panels that are open, each with its tab and a way to its page. */
const panels: { name: string; tab: string | undefined; frame: () => Promise<Frame> }[] = [];

async function look(): Promise<void> {
  const { page } = vscode;
  for (const [theme, kind] of highContrast) {
    await chooseTheme(page, theme);
    for (const { name, tab, frame: find } of panels) {
      if (tab) await editorTabs(page, tab).first().click();
      // A page that comes to the front is made anew: it is looked at once it has drawn what it got.
      const { faults, controls, texts } = await until(`${name} in the theme ${theme}`, async () => {
        const frame = await find();
        if ((await frame.locator('body').getAttribute('data-vscode-theme-kind')) !== kind) return undefined;
        const found = await checkAccessibility(frame, contrast);
        return found.controls > 3 && found.texts > 5 ? found : undefined;
      });
      console.log(`${name}, ${theme}: ${controls} controls, ${texts} texts`);
      await vscode.screenshot(`${name} ${kind.replace('vscode-', '')}`);
      assert.deepEqual(faults, [], `${name} in ${theme}`);
    }
  }
}

step('the panels are open: drift, checkpoint, landscape, comparison', async () => {
  const { page } = vscode;
  await expandFolder(page, 'vit');
  await chooseFromMenu(page, treeRows(page, 'model.safetensors'), 'Open Checkpoint Preview');
  const preview = await CheckpointPreview.find(page, 'model.safetensors');
  await preview.waitForState('done');
  panels.push({
    name: 'checkpoint',
    tab: 'model.safetensors',
    frame: async () => (await CheckpointPreview.find(page, 'model.safetensors')).frame,
  });
  await openView(page, 'RepSim');
  const run = treeRows(page, 'repsim brainregion');
  await chooseFromMenu(page, run, 'Show Loss Landscape');
  await answerQuickPick(page, /Show Loss Landscape/, 'Slice');
  await answerQuickPick(page, /\(2\/2\)/, 'Random');
  const landscape = await LandscapePage.find(page, 'repsim brainregion');
  await landscape.waitForState('landscape', 'done');
  panels.push({
    name: 'landscape',
    tab: 'Loss Landscape',
    frame: async () => (await LandscapePage.find(page, 'repsim brainregion')).frame,
  });
  await chooseFromMenu(page, run, 'Compare with Pretrained');
  const compare = await ComparePage.find(page);
  await compare.waitForState('done');
  panels.push({ name: 'compare', tab: undefined, frame: async () => (await ComparePage.find(page)).frame });
  await run.first().click();
  const drift = await DriftPanel.find(page);
  await drift.waitForState('finished');
  panels.push({ name: 'drift', tab: 'Drift', frame: async () => (await DriftPanel.find(page)).frame });
});

step('both high-contrast themes: names, pictures with words, contrast', look);
