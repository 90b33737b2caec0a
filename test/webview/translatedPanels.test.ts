/** Every panel in another language: with all words in brackets nothing is left outside of them but what is data. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { doneSnapshot, incompleteSnapshot, measures } from './exampleComparison';
import { readSnapshot } from './exampleData';
import { exampleTrajectory, landscapeOf, measuredLandscape } from './exampleLandscape';
import {
  exampleManifest,
  exampleResult,
  failedSnapshot,
  finishedSnapshot,
  runningSnapshot,
} from './exampleRuns';
import type { PanelName } from './panelPage';
import { withPanel } from './panelTest';

const bundle = JSON.parse(
  readFileSync(path.join(__dirname, '../../l10n/bundle.l10n.json'), 'utf8'),
) as Record<string, string>;
/** No word of ours and no name of an example has these brackets. */
const words = Object.fromEntries(Object.keys(bundle).map((english) => [english, `⟦${english}⟧`]));

interface Case {
  readonly messages: readonly object[];
  /** What others wrote, names, and what the engine says in its own words. */
  readonly data: readonly (string | RegExp)[];
  /** So many different translated texts are seen at least. */
  readonly least: number;
}

const units = [/\b(s|min|h|kB|MB)\b/g, /CKA|RepSim|SAM|NaN/g];
const unreadable = { type: 'nobody knows this' };
const ended = { progress: { stage: 'Reading', done: 1, total: 4 } };
const layerNames = /\b(block\.\d|final|embedding)(?![\w.])/g;

const manifest = exampleManifest({ method: 'full' });
const labelled = { ...manifest, data: { ...manifest.data, task: 'multi-label', skipped: 3 } };

const drift: Case = {
  messages: [
    { ...runningSnapshot(), state: 'preparing', events: [], manifest: undefined },
    { ...runningSnapshot(), state: 'preparing', events: runningSnapshot().events.slice(0, 1) },
    runningSnapshot(),
    { ...failedSnapshot(), focus: 'block.1' },
    { ...failedSnapshot(), state: 'interrupted' },
    { ...failedSnapshot(), state: 'cancelled' },
    finishedSnapshot(),
    { ...finishedSnapshot({ method: 'linear' }), result: { ...exampleResult(), task: 'multi-label' } },
    { ...runningSnapshot({ method: 'full' }), manifest: labelled },
    unreadable,
  ],
  data: [
    'fashion-vit-tiny on brainregion, RepSim',
    'The loss became infinite at step 61: lower the learning rate (lr is 0.002).',
    '/home/ada/models/fashion-vit-tiny',
    'onnx-cpu',
    'Intel Xeon, 2 threads',
    layerNames,
  ],
  least: 150,
};

const measuresOfAllKinds = ['cca', 'pwcca', 'procrustes-angle', 'knn-jaccard', 'disagreement'] as const;
const compared = doneSnapshot().result!;
const ofTokens = { ...compared, samples: 'tokens' };
const measured = compared.measures['cka-debiased']!;
const why = measured.matrix.map((_, i) => ({ a: `block.${i}`, b: 'final', why: 'Too few rows.' }));
const empty = { ...measured, matrix: measured.matrix.map((row) => row.map(() => null)), why };
const ofDumps = { ...compared, data: null, split: null, measures: { 'cka-debiased': empty } };

const compare: Case = {
  messages: [
    incompleteSnapshot(),
    { ...incompleteSnapshot(), choice: { ...doneSnapshot().choice }, state: 'computing', ...ended },
    { ...doneSnapshot(), state: 'computing', coarse: true, ...ended },
    { ...doneSnapshot(), state: 'cancelled', coarse: true },
    doneSnapshot({ large: true, measures: [...measuresOfAllKinds] }),
    { ...doneSnapshot(), result: ofTokens },
    { ...doneSnapshot(), result: ofDumps },
    unreadable,
  ],
  data: [
    ...measures.flatMap(({ name, explanation }) => [explanation, name]),
    /\b(repsim brain|4\/11\/2026|vit|models|a\.safetensors|b\.npz|other\.npz|out)(?![\w.])/g,
    'Reading',
    'Too few rows.',
    layerNames,
  ],
  least: 100,
};

const landscape: Case = {
  messages: [
    landscapeOf(undefined),
    measuredLandscape(),
    measuredLandscape({ dims: 2, missing: (x) => x > 0.8 }),
    measuredLandscape({ missing: (x) => x > 0.8 }),
    {
      ...landscapeOf(exampleTrajectory()),
      sharpness: { state: 'failed', results: [null], message: 'Broken.' },
    },
    { ...measuredLandscape(), landscape: { ...measuredLandscape().landscape, state: 'computing', ...ended } },
    { ...measuredLandscape(), landscape: { ...measuredLandscape().landscape, state: 'cancelled' } },
    unreadable,
  ],
  data: [
    'Broken.',
    'Reading',
    'random direction 1, filter-normalised: 1 moves every filter by its own length',
    /random direction \d/g,
    /(first|second) component/g,
    /(full|repsim)( brainregion)?/g,
    'the loss overflowed',
    'onnx-cpu',
    /step \d+/g,
    layerNames,
  ],
  least: 100,
};

const read = readSnapshot();
const labels = {
  ...read.result!.inspection,
  ...{ task: 'multi-label', groups: null, skipped: { count: 2, first: [] }, ignored: 1 },
  depths: [{ channels: 3, bits: 8, images: 1240 }],
  sizes: { ...read.result!.inspection.sizes, different: 1 },
  duplicates: { ...read.result!.inspection.duplicates, within: 2, across: 1, contradictory: 2 },
};
const data: Case = {
  messages: [
    { ...read, state: 'reading', result: undefined },
    { ...read, state: 'cancelled', result: undefined },
    { ...read, checkpointName: undefined },
    read,
    { ...read, result: { ...read.result, examples: [], inspection: labels } },
    unreadable,
  ],
  data: [
    ...read.result!.inspection.preprocessing!.steps,
    /(train|test): (train|test)\/(\d|kidney|liver)\/\d+\.png/g,
    'train/liver/7.png',
    'it is cut off',
    'multi-class',
    'multi-label',
    /\b(organs|kidney|liver|spleen|train|test|PNG)\b/g,
    '/data/',
    /\d x \d/g,
  ],
  least: 45,
};

const contents = {
  bytes: 100,
  files: 2,
  stamp: '1',
  leftOut: 1,
  metadata: [{ name: 'format', value: 'pt' }],
  tensors: [
    { name: 'head.weight', dtype: 'F32', shape: [2, 2], bytes: 16 },
    { name: 'scale', dtype: 'F32', shape: [], bytes: 4 },
  ],
};
const opened = {
  ...{ type: 'contents', name: 'model.safetensors', folder: 'vit', state: 'done', model: false, contents },
};
const histogram = Array.from({ length: 40 }, (_, i) => i);
const result = {
  ...{ values: 4, zeros: 1, notANumber: 0, infinite: 0 },
  finite: { mean: 0, deviation: 1, minimum: -1, maximum: 1, histogram },
};
const statistics = { type: 'statistics', row: 't0', state: 'done', done: 1, result };
const checkpoint: Case = {
  messages: [
    { ...opened, state: 'reading', contents: undefined },
    opened,
    { ...statistics, state: 'computing', done: 0.5, result: undefined },
    { ...statistics, state: 'failed', result: undefined },
    { ...statistics, state: 'cancelled', result: undefined },
    statistics,
    unreadable,
  ],
  data: ['vit/model.safetensors', 'model.safetensors', 'head.weight', 'scale', /\b(format|pt|F32)\b/g],
  least: 40,
};

const cases: Readonly<Record<PanelName, Case>> = { checkpoint, compare, data, drift, landscape };

for (const [name, { messages, data: known, least }] of Object.entries(cases)) {
  test(`the ${name} panel says everything in the language of the editor`, () =>
    withPanel({ name: name as PanelName, width: 900, words }, async (panel) => {
      const texts = new Set(await panel.page.evaluate(readAll));
      for (const message of messages) {
        await panel.send(message as Record<string, unknown>);
        for (const text of await panel.page.evaluate(readAll)) texts.add(text);
      }
      const left = [...texts].filter((text) => /\p{L}{2}/u.test(outside(text, [...known, ...units])));
      assert.deepEqual(left, []);
      const translated = [...texts].filter((text) => text.includes('⟦'));
      assert.ok(translated.length >= least, `only ${translated.length} texts were seen`);
    }));
}

test('what is not translated is found', () => {
  assert.equal(outside('⟦{0} of ⟦the⟧ layer⟧: block.1', [layerNames]).trim(), ':');
  assert.match(outside('⟦Loss⟧ over steps', [layerNames]), /over steps/);
});

/** What stands neither in brackets nor is data. */
function outside(text: string, known: readonly (string | RegExp)[]): string {
  let left = text;
  // From the inside out: a translated sentence may hold translated words.
  for (let before = ''; left !== before; ) {
    before = left;
    left = left.replace(/⟦[^⟦⟧]*⟧/g, '');
  }
  // Patterns last and the longest first: names are parts of longer ones.
  const size = (one: string | RegExp) => (typeof one === 'string' ? one.length : 0);
  const ordered = [...known].sort((a, b) => size(b) - size(a));
  return ordered.reduce<string>((rest, one) => rest.replaceAll(one, ' '), left);
}

/** Everything the page says, hidden or not: texts, names, hints, tables, and what charts say at the cursor. */
function readAll(): string[] {
  const texts: string[] = [];
  for (const details of document.querySelectorAll('details')) details.open = true;
  document.querySelector('[role=treegrid]')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
  const collect = () => {
    const walker = document.createTreeWalker(document.getElementById('app')!, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      // A sentence may have elements in it: it is read as a whole.
      const whole = node.parentElement?.childElementCount ? node.parentElement : node;
      texts.push(whole.textContent ?? '');
    }
    const named = ['aria-label', 'aria-roledescription', 'aria-valuetext', 'title', 'placeholder', 'label'];
    for (const element of document.querySelectorAll('#app *'))
      for (const attribute of named) texts.push(element.getAttribute(attribute) ?? '');
  };
  collect();
  for (const plot of document.querySelectorAll('.plot')) {
    for (const key of ['Home', 'ArrowDown', 'ArrowRight', 'End']) {
      plot.dispatchEvent(new KeyboardEvent('keydown', { key }));
      collect();
    }
  }
  return texts.map((text) => text.trim()).filter(Boolean);
}
