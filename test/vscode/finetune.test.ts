/** The main line: the packed extension finetunes the bundled sample from the palette, and the panel shows it live. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { until } from '../support/until';
import { DriftPanel } from './harness/drift';
import { packedExtension, sample } from './harness/extension';
import { mappedFiles } from './harness/processes';
import { eventsOf, filesOf, manifestOf, resultOf, runFolders } from './harness/runFolder';
import { story } from './harness/story';
import { startVsCode, type VsCode } from './harness/vscode';
import {
  answerQuickPick,
  chooseTheme,
  editorTabs,
  hideSideBar,
  openFile,
  openView,
  openWorkbench,
  quickInput,
  reloadWindow,
  runCommand,
  statusBarItem,
  themes,
  treeRows,
} from './harness/workbench';

const trainingCode = `"""Classifies regions of a brain scan with a finetuned vision transformer."""
import torch
from transformers import AutoImageProcessor, ViTForImageClassification

pretrained = "fashion-vit-tiny"
# "RepSim: Finetune" writes its checkpoint in the same layout:
finetuned = "results/checkpoints/final"

processor = AutoImageProcessor.from_pretrained(pretrained)
model = ViTForImageClassification.from_pretrained(finetuned).eval()


@torch.inference_mode()
def classify(images):
    """Label and probability of each image."""
    inputs = processor(images, return_tensors="pt")
    probabilities = model(**inputs).logits.softmax(-1)
    best = probabilities.max(-1)
    labels = [model.config.id2label[i.item()] for i in best.indices]
    return list(zip(labels, best.values.tolist()))


@torch.inference_mode()
def embed(images):
    """CLS embedding of each image, for search by similarity."""
    inputs = processor(images, return_tensors="pt")
    return model.vit(**inputs).last_hidden_state[:, 0]
`;
/** Of the bundled checkpoint: six blocks and the final embedding. */
const layerCount = 7;
const libraries = /onnxruntime|sharp|libvips/;

let vscode: VsCode;
before(async () => {
  vscode = await startVsCode({
    name: 'finetune',
    vsix: packedExtension(),
    files: {
      'train.py': trainingCode,
      'fashion-vit-tiny': sample.checkpoint,
      'brainregion.npz': sample.data,
    },
  });
  await openWorkbench(vscode.page, vscode.url());
});
after(() => vscode?.close());

const step = story(() => vscode);

step(
  'RepSim: Finetune asks for checkpoint, data and method, and opens the panel beside the code',
  async () => {
    const { page } = vscode;
    await openFile(page, 'train.py');
    await runCommand(page, 'RepSim: Finetune');
    await answerQuickPick(page, /RepSim: Finetune \(1\/4\)/, 'fashion-vit-tiny');
    await answerQuickPick(page, /\(2\/4\)/, 'brainregion.npz');
    await answerQuickPick(page, /\(3\/4\)/, 'RepSim, keep the representation');
    await answerQuickPick(page, /\(4\/4\)/, 'Start');
    await quickInput(page).waitFor({ state: 'hidden' });
    await editorTabs(page, 'Drift').waitFor();
    assert.equal(await page.locator('.editor-group-container').count(), 2, 'code and panel are side by side');
  },
);

step('the panel is live while the run goes on', async () => {
  const { page } = vscode;
  const panel = await DriftPanel.find(page);
  await until('two steps', async () => (await panel.step()) >= 2, { timeout: 120_000 });
  const engines = vscode.engines();
  assert.equal(engines.length, 1, 'the run has one process of its own');
  assert.ok(mappedFiles(engines[0]!.pid).some((file) => libraries.test(file)));
  const host = await vscode.extensionHost();
  assert.deepEqual(
    mappedFiles(host.pid).filter((file) => libraries.test(file)),
    [],
    'nothing native is in the extension host',
  );
  await statusBarItem(page, 'RepSim').waitFor();
  await openView(page, 'RepSim');
  await treeRows(page, 'repsim brainregion').waitFor();

  const [first, early] = await until('a similarity', async () => {
    const drawn = await panel.similarity();
    const all = drawn.length > 0 && drawn.every(({ points }) => points.length > 0);
    return all ? ([await panel.step(), drawn] as const) : undefined;
  });
  assert.equal(early.length, layerCount, `one line a layer, not ${early.map(({ layer }) => layer)}`);
  const later = await until('more steps and more similarities', async () => {
    const drawn = await panel.similarity();
    const grown = drawn.every(({ points }, i) => points.length > early[i]!.points.length);
    return grown && (await panel.step()) > first ? drawn : undefined;
  });
  assert.equal(await panel.state(), 'running', 'all of this was read before the end');
  for (const { layer, points } of later) {
    assert.equal(points[0]![0], 0, `${layer} is measured before the first step`);
    assert.ok(points[0]![1] > 0.99, `${layer} begins as the pretrained model, not at ${points[0]![1]}`);
    const steps = points.map(([step]) => step);
    assert.deepEqual(
      steps,
      [...new Set(steps)].sort((a, b) => a - b),
    );
  }
  await vscode.screenshot('running');
});

step('the finished run tells its result, and what is drawn is what is on disk', async () => {
  const { page, workspace } = vscode;
  const panel = await DriftPanel.find(page);
  await panel.waitForState('finished', 600_000);
  const [run, ...more] = runFolders(workspace);
  assert.ok(run && more.length === 0, 'there is one run');
  const result = resultOf(run);
  const { accuracy } = result.test;
  assert.ok(accuracy !== null && accuracy > 0.5, `accuracy ${accuracy} is better than chance by far`);
  const shown = await panel.result();
  const percent = `${(100 * accuracy).toFixed(1)}`;
  assert.ok(
    [...shown].some(([name, value]) => /accuracy/i.test(name) && value.includes(percent)),
    `${[...shown]}`,
  );

  const probes = eventsOf(run).filter((event) => event.type === 'probe');
  const { layers } = manifestOf(run).model;
  const drawn = await panel.similarity();
  for (const { layer, points } of drawn) {
    const values = probes.map(({ step, cls }) => [step, cls[layers.indexOf(layer)]] as const);
    assert.deepEqual(points.at(0), values.at(0));
    assert.deepEqual(points.at(-1), values.at(-1));
  }
  await openView(page, 'RepSim');
  await treeRows(page, `accuracy ${percent} %`).waitFor();
  await statusBarItem(page, 'RepSim:').waitFor({ state: 'detached' });
  await until('the engine process to be gone', () => vscode.engines().length === 0);
});

step('the run folder is whole', async () => {
  const [run] = runFolders(vscode.workspace);
  assert.ok(run);
  assert.equal(eventsOf(run).at(-1)?.type, 'finished');
  const files = filesOf(run);
  for (const file of ['config.json', 'model.safetensors', 'preprocessor_config.json'])
    assert.ok(files.includes(`checkpoints/final/${file}`), `${file} is not among ${files}`);
  assert.deepEqual(
    files.filter((file) => /tmp|part|~$/.test(path.basename(file))),
    [],
  );
  const config = JSON.parse(fs.readFileSync(path.join(run, 'checkpoints/final/config.json'), 'utf8'));
  assert.deepEqual(Object.values(config.id2label), manifestOf(run).data.classes);
});

step('a reload of the window brings the panel back with the same run', async () => {
  const { page } = vscode;
  const before = await (await DriftPanel.find(page)).similarity();
  await reloadWindow(page);
  await editorTabs(page, 'Drift').waitFor();
  const panel = await DriftPanel.find(page);
  await panel.waitForState('finished');
  assert.deepEqual(await panel.similarity(), before);
});

step('the panel is drawn in every theme', async () => {
  const { page } = vscode;
  await editorTabs(page, 'Drift').click();
  for (const [theme, kind] of themes) {
    await chooseTheme(page, theme);
    const panel = await DriftPanel.find(page);
    const body = panel.frame.locator('body');
    await until(
      `the theme ${theme}`,
      async () => (await body.getAttribute('data-vscode-theme-kind')) === kind,
    );
    await until('the similarity chart', async () => (await panel.similarity()).length === layerCount);
    await panel.frame.evaluate(() => window.scrollTo(0, 0));
    await vscode.screenshot(`theme ${kind.replace('vscode-', '')}`);
    await panel.frame.locator('#similarity-strip').scrollIntoViewIfNeeded();
    await vscode.screenshot(`theme ${kind.replace('vscode-', '')}, charts`);
  }
});

step('a picture for the README', async () => {
  const { page } = vscode;
  await chooseTheme(page, 'Dark Modern');
  await hideSideBar(page);
  await runCommand(page, 'Notifications: Clear All Notifications');
  const panel = await DriftPanel.find(page);
  await panel.frame.evaluate(() => window.scrollTo(0, 0));
  await page.mouse.move(300, 500); // away from what has a tooltip
  await until('the chart in its new width', async () => (await panel.similarity()).length === layerCount);
  await vscode.screenshot('readme');
});

step('nothing has left this machine', async () => {
  assert.deepEqual(vscode.foreign(), []);
});
