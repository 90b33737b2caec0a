/** Code beside its runs: actions at models, drift at the lines that make layers, and the way from a layer to its line. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { promisify } from 'node:util';
import type { RunManifest } from '../../src/protocol/runs';
import { timmStyle, transformersStyle } from '../host/code/samples';
import { until } from '../support/until';
import { exampleEvents, exampleManifest } from '../webview/exampleRuns';
import { CodeEditor } from './harness/code';
import { DriftPanel } from './harness/drift';
import { packedExtension, root, sample } from './harness/extension';
import { eventsOf, manifestOf, runFolders } from './harness/runFolder';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerQuickPick,
  chooseTheme,
  clearNotifications,
  editorTabs,
  notifications,
  openFile,
  openView,
  openWorkbench,
  quickInput,
  runCommand,
  statusBarItem,
  treeRows,
  waitForQuickPick,
} from './harness/workbench';

const run = promisify(execFile);
const train = `from modeling import ViTForImageClassification

model = ViTForImageClassification.from_pretrained("checkpoints/vit")
`;
/** One model in two versions, which nothing in the code tells apart. */
const model = timmStyle.split('def vit_post')[0]!;
const lineOf = (text: string, part: string) => text.split('\n').findIndex((line) => line.includes(part)) + 1;

/** Files of a finished run of `exampleRuns` whose layers have these modules. */
function exampleRun(id: string, change: (manifest: RunManifest) => RunManifest): Record<string, string> {
  const manifest = change({ ...exampleManifest(), id, createdAt: '2026-01-02T03:04:05.000Z' });
  const events = exampleEvents();
  const all = [...events, { time: events.at(-1)!.time, type: 'finished' }];
  return {
    [`.repsim/runs/${id}/run.json`]: JSON.stringify(manifest),
    [`.repsim/runs/${id}/events.jsonl`]: `${all.map((event) => JSON.stringify(event)).join('\n')}\n`,
  };
}

const withModules = (moduleOf: (layer: string) => string, architecture: string) => (plain: RunManifest) => ({
  ...plain,
  model: {
    ...plain.model,
    architecture,
    modules: Object.fromEntries(plain.model.layers.map((layer) => [layer, moduleOf(layer)])),
  },
});

let scratch: string;
let vscode: VsCode;
before(async () => {
  const vsix = packedExtension();
  scratch = mkdtempSync(path.join(os.tmpdir(), 'repsim-code-'));
  const { checkpoint, data } = sample;
  await run(
    process.execPath,
    [
      path.join(root, 'dist/cli.js'),
      ...['finetune', checkpoint.from, '--data', data.from, '--method', 'full', '--epochs', '2'],
      ...['--sharpness-size', '8', '--json'],
    ],
    { cwd: scratch },
  );
  vscode = await startVsCode({
    name: 'codelens',
    vsix,
    files: {
      'modeling.py': transformersStyle,
      'train.py': train,
      'first.py': model,
      'second.py': model.replace('*[', '*[  # the second'),
      'plain.py': 'import torch\nprint(torch.__version__)\n',
      'checkpoints/vit': sample.checkpoint,
      '.repsim': { from: path.join(scratch, '.repsim') },
      ...exampleRun(
        '20260102-030405-timm',
        withModules((layer) => (layer === 'final' ? 'norm' : layer.replace('block', 'blocks')), 'timm-vit'),
      ),
    },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(async () => {
  await vscode?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const step = story(() => vscode, 240_000);
const editor = (file: string) => new CodeEditor(vscode.page, file);

step('a model that code loads has its actions, with its checkpoint filled in', async () => {
  const { page } = vscode;
  await openFile(page, 'train.py');
  await editor('train.py').waitForLens(/^Landscape$/);
  assert.deepEqual(await editor('train.py').lenses(), ['Finetune', 'Compare', 'Sharpness', 'Landscape']);
  await editor('train.py').clickLens(/^Finetune$/);
  await waitForQuickPick(page, 'Data: an .npz in MedMNIST layout');
  await page.keyboard.press('Escape');
  await quickInput(page).waitFor({ state: 'hidden' });
  await editor('train.py').clickLens(/^Compare$/);
  await waitForQuickPick(page, 'B: what to compare it with');
  await page.keyboard.press('Escape');
  await openFile(page, 'plain.py');
  await editorTabs(page, 'plain.py').first().waitFor();
  assert.deepEqual(await editor('plain.py').lenses(), []);
});

step('a line that makes a layer shows the last drift that was measured of it', async () => {
  const { page, workspace } = vscode;
  await openFile(page, 'modeling.py');
  await page.keyboard.press('Control+End');
  const [folder] = runFolders(workspace).filter((one) => manifestOf(one).model.architecture !== 'timm-vit');
  const probe = eventsOf(folder!).findLast((event) => event.type === 'probe');
  const final = 1 - probe!.cls.at(-1)!;
  const shown = await editor('modeling.py').waitForLens(/^drift [\d.]+( [▁-█]+)?$/);
  const value = Number(/[\d.]+/.exec(shown)![0]);
  assert.ok(Math.abs(value - final) <= 0.005, `${shown} is not ${final}`);
  assert.match(shown, /[▁-█]{2,}$/, 'with a trend');
  // The loop that builds the blocks shows them all.
  const blocks = await editor('modeling.py').waitForLens(/^drift .* – .*\(6\)/);
  const drifts = probe!.cls.slice(0, -1).map((similarity) => 1 - similarity!);
  assert.ok(Math.abs(Number(/– ([\d.]+)/.exec(blocks)![1]) - Math.max(...drifts)) <= 0.005, blocks);
  await vscode.screenshot('lenses');
});

step('its click opens the drift panel at that layer', async () => {
  const { page } = vscode;
  await editor('modeling.py').clickLens(/^drift [\d.]+( [▁-█]+)?$/);
  const panel = await DriftPanel.find(page);
  await until('the layer to be picked out', async () => (await panel.picked()) === 'final');
  await vscode.screenshot('panel');
});

step('"Go to Source" in the panel goes to the line', async () => {
  const { page } = vscode;
  const panel = await DriftPanel.find(page);
  await panel.pick('block.3');
  await panel.goToSource();
  await statusBarItem(page, `Ln ${lineOf(transformersStyle, 'self.layer = nn.ModuleList')}, Col`).waitFor();
  await editorTabs(page, 'modeling.py').first().waitFor();
});

step('a line shows its drift by the menu of the editor too, and asks which of its layers', async () => {
  const { page } = vscode;
  await editor('modeling.py').putCursor(lineOf(transformersStyle, 'self.layer = nn.ModuleList'));
  await runCommand(page, 'RepSim: Show Drift of This Line');
  await answerQuickPick(page, 'This line makes several layers: whose drift?', 'block.1');
  const panel = await DriftPanel.find(page);
  await until('the layer to be picked out', async () => (await panel.picked()) === 'block.1');
  await editor('modeling.py').putCursor(lineOf(transformersStyle, 'class ViTConfig'));
  await runCommand(page, 'RepSim: Show Drift of This Line');
  await notifications(page, 'No drift is known for this line').waitFor();
  await clearNotifications(page);
});

step('the end of the line has the drift in its colour, in light, dark and high-contrast themes', async () => {
  const { page } = vscode;
  const colors = new Set<string>();
  await runCommand(page, 'View: Close All Editors');
  for (const theme of ['Dark Modern', 'Light Modern', 'Dark High Contrast', 'Light High Contrast']) {
    await chooseTheme(page, theme);
    await openFile(page, 'modeling.py');
    const ends = await until(`marks in ${theme}`, async () => {
      const found = await editor('modeling.py').endsOfLines();
      return found.length >= 2 && !colors.has(found.at(-1)!.color) && found;
    });
    const last = ends.at(-1)!;
    assert.match(last.text, /^[▂▅█] \d\.\d+$/);
    colors.add(last.color);
    await vscode.screenshot(`theme ${theme}`);
  }
  await chooseTheme(page, 'Dark Modern');
});

step('where two lines fit, the person is asked once', async () => {
  const { page } = vscode;
  await openView(page, 'RepSim');
  await treeRows(page, 'repsim brainregion').first().click();
  // The frame of a panel that was closed may still be there for a moment.
  const opened = await until('the panel of the other run', async () => {
    const found = await DriftPanel.find(page);
    return found.pick('block.2').then(
      () => found,
      () => undefined,
    );
  });
  await opened.goToSource();
  await waitForQuickPick(page, 'Which line makes layer "block.2"?');
  await vscode.screenshot('which line');
  await answerQuickPick(page, 'Which line makes layer "block.2"?', 'second.py');
  await statusBarItem(page, `Ln ${lineOf(model, 'self.blocks')}, Col`).waitFor();
  await editorTabs(page, 'second.py').first().waitFor();
  // The lens there is certain now, and the other file has none.
  assert.match(await editor('second.py').waitForLens(/^drift .*\(6\)/), /^[^?]*$/);
  await opened.pick('final');
  await opened.goToSource();
  await statusBarItem(page, `Ln ${lineOf(model, 'self.norm = nn.LayerNorm')}, Col`).waitFor();
  assert.equal(await quickInput(page).isVisible(), false, 'it is not asked again');
  await openFile(page, 'first.py');
  await until('no drift in the other file', async () => {
    const lenses = await editor('first.py').lenses();
    return lenses.includes('Finetune') && !lenses.some((lens) => lens.startsWith('drift'));
  });
});

step('a person can choose again', async () => {
  const { page } = vscode;
  await runCommand(page, 'RepSim: Choose Sources of Layers Again');
  await notifications(page, 'are forgotten').waitFor();
  await clearNotifications(page);
  await openFile(page, 'first.py');
  await editor('first.py').putCursor(lineOf(model, 'self.blocks'));
  await editor('first.py').clickLens(/^drift .*\?/);
  await answerQuickPick(page, 'Which line makes layer', 'first.py');
  await until('the lens to be certain', async () =>
    (await editor('first.py').lenses()).some((lens) => /^drift [^?]*\(6\)/.test(lens)),
  );
});

step('lenses and marks follow the code while it is written', async () => {
  const { page } = vscode;
  await openFile(page, 'first.py');
  const before = lineOf(model, 'self.blocks');
  const at = async () => (await editor('first.py').endsOfLines()).map(({ line }) => line);
  await editor('first.py').putCursor(before - 1);
  await until('the mark', async () => (await at()).includes(before));
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await until('the mark one line below', async () => (await at()).includes(before + 1));
});

step('both go away by their settings', async () => {
  const { page, workspace } = vscode;
  const settings = { 'repsim.codeLens.enabled': false, 'repsim.driftDecorations.enabled': false };
  const file = path.join(workspace, '.vscode');
  await run('mkdir', ['-p', file]);
  writeFileSync(path.join(file, 'settings.json'), JSON.stringify(settings));
  await until('nothing to be left', async () => {
    const first = editor('first.py');
    return (await first.lenses()).length === 0 && (await first.endsOfLines()).length === 0;
  });
  await page.keyboard.press('Escape');
});

step('nothing was written but what the person chose, and nothing has left this machine', () => {
  assert.equal(readFileSync(path.join(vscode.workspace, 'modeling.py'), 'utf8'), transformersStyle);
  assert.deepEqual(vscode.foreign(), []);
  return Promise.resolve();
});

const hostile = '<img src=x onerror=window.__hacked=1>`[a](command:x)`\u202e**b**';

test('without trust drift is shown and nothing runs; hostile names stay text', {
  timeout: 240_000,
}, async () => {
  const keras = `from tensorflow.keras import layers, Model
def build(x):
    y = layers.Dense(8, name=${JSON.stringify(hostile)})(x)
    return Model(x, y)
`;
  const restricted = await startVsCode({
    name: 'codelens restricted',
    vsix: packedExtension(),
    trusted: false,
    settings: {
      'security.workspace.trust.startupPrompt': 'never',
      'security.workspace.trust.banner': 'never',
      // In a low window the line that stays on top would cover the lens.
      'editor.stickyScroll.enabled': false,
    },
    files: {
      'net.py': keras,
      'later.ipynb': JSON.stringify({
        nbformat: 4,
        nbformat_minor: 5,
        metadata: { language_info: { name: 'python' } },
        cells: [
          { cell_type: 'code', id: 'a', metadata: {}, execution_count: null, outputs: [], source: keras },
        ],
      }),
      ...exampleRun('20260102-030405-hostile', (plain) => ({
        ...plain,
        settings: { ...plain.settings, data: `/data/${hostile}.npz` },
        model: { ...plain.model, layers: [hostile] },
      })),
    },
  });
  const { page } = restricted;
  try {
    await openWorkbench(page, restricted.url());
    await openFile(page, 'net.py');
    const code = new CodeEditor(page, 'net.py');
    await code.waitForLens(/^Finetune$/);
    await code.clickLens(/^Finetune$/);
    await notifications(page, 'RepSim runs nothing in Restricted Mode').first().waitFor();
    await clearNotifications(page);
    await openFile(page, 'net.py');
    assert.deepEqual(restricted.engines(), []);
    await code.waitForLens(/^drift \d/);
    const marks = await until('a mark', async () => {
      const found = await code.endsOfLines();
      return found.length > 0 && found;
    });
    assert.deepEqual(
      marks.map(({ line }) => line),
      [3],
    );
    await page.locator('.view-line', { hasText: 'layers.Dense' }).hover({ position: { x: 60, y: 8 } });
    const hover = page.locator('.monaco-hover', { hasText: 'Drift in' });
    await hover.waitFor();
    // Markdown keeps spaces as ones that do not break.
    const words = ((await hover.textContent()) ?? '').replaceAll('\u00a0', ' ');
    assert.match(words, /step \d+<img src=x onerror=/);
    assert.equal(await hover.locator('img, a[href], strong, code').count(), 0);
    await page.mouse.move(2, 2);
    await hover.waitFor({ state: 'hidden' });
    await code.clickLens(/^drift \d/);
    const panel = await DriftPanel.find(page);
    await until('the layer to be picked out', async () => (await panel.picked())?.startsWith('<img'));
    await restricted.screenshot('hostile');
    // Its cells are no files: they are looked at when it is opened.
    await openFile(page, 'later.ipynb');
    await until('a lens in a cell', async () => {
      const lenses = await page.locator('.notebookOverlay .codelens-decoration a').allTextContents();
      return lenses.some((lens) => /^drift \d.*\?/.test(lens));
    });
    await restricted.screenshot('notebook');
    const hacked = page
      .frames()
      .map((frame) => frame.evaluate(() => '__hacked' in window).catch(() => false));
    assert.deepEqual([...new Set(await Promise.all(hacked))], [false]);
  } catch (error) {
    await restricted.screenshot('failed').catch(() => {});
    throw error;
  } finally {
    await restricted.close();
  }
});
