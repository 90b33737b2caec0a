import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { parseHTML } from 'linkedom';
import { type ReportRun, renderReport } from '../../webview/report/report';
import { exampleLandscape, exampleSharpness } from './exampleLandscape';
import {
  type ExampleOptions,
  exampleEvents,
  exampleManifest,
  exampleResult,
  hostileName,
  hostileSnapshot,
} from './exampleRuns';

function run(options: ExampleOptions, name: string): ReportRun {
  return {
    name,
    manifest: exampleManifest(options),
    events: exampleEvents(options),
    result: exampleResult(options),
  };
}

const demo = renderReport({
  title: 'RepSim on the bundled sample',
  runs: [run({ method: 'full' }, 'Full finetuning'), run({ method: 'repsim' }, 'RepSim')],
  reproduce: 'repsim demo --seed 0',
});
const page = parseHTML(demo).document;

function cells(document: Document, row: string): string[] {
  const heading = [...document.querySelectorAll('tbody th')].find((th) => th.textContent === row);
  return [...(heading?.parentElement?.querySelectorAll('td') ?? [])].map((td) => td.textContent);
}

test('the runs stand side by side with their figures', () => {
  assert.deepEqual(cells(page, 'Balanced accuracy'), ['67.2 %', '68.6 %']);
  assert.deepEqual(cells(page, 'SAM worst case, ρ = 0.05, held-out'), ['0.412', '0.223']);
  assert.deepEqual(cells(page, 'SAM worst case, ρ = 0.05, training'), ['0.041', '0.087']);
  assert.deepEqual(cells(page, 'Cross-entropy, training'), ['0.011', '0.094']);
  assert.deepEqual(cells(page, 'k-NN on the old task, after'), ['60.1 %', '72.8 %']);
  assert.equal(cells(page, 'block.3').length, 2);
  assert.deepEqual(cells(page, 'lambda'), ['0.3', '0.3']);
});

test('relative changes stand beside the values that they come from', () => {
  const cards = [...page.querySelectorAll('.cards > div')].map((card) => card.textContent);
  assert.match(cards[0]!, /Similarity, final layer\+\d+ %0\.1\d+ → 0\.5\d+/);
  assert.match(cards[1]!, /Held-out sharpness.*−46 %0\.412 → 0\.223/);
  assert.match(cards[2]!, /\+1\.4 points/);
});

test('losses more than a factor of two apart raise a warning, for those images only', () => {
  const warnings = [...page.querySelectorAll('.warning')].map((warning) => warning.textContent);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /training images.*0\.011 and 0\.094.*factor of 2/);
});

test('runs that were measured on different images raise a warning', () => {
  const base = run({ method: 'full' }, 'full');
  const other = run({}, 'other');
  const { heldOut, train } = other.result!.sharpness;
  const fewer = { ...other.result!, sharpness: { heldOut: { ...heldOut, n: 8 }, train } };
  const data = { ...other.manifest!.data, fingerprint: 'sha256:other' };
  const runs = [base, { ...other, result: fewer, manifest: { ...other.manifest!, data } }];
  const { document } = parseHTML(renderReport({ title: 'Two runs', runs, reproduce: '' }));
  const warnings = [...document.querySelectorAll('.warning')]
    .map((warning) => warning.textContent)
    .join('\n');
  assert.match(warnings, /other and full were trained and measured on different data/);
  assert.match(warnings, /measured on 8 and on 480 images \(held-out sharpness\)/);
});

test('each run has its drift as lines and strip, over the same steps and range', () => {
  const charts = [...page.querySelectorAll('svg.chart')];
  const strips = charts.filter((chart) =>
    chart.getAttribute('aria-label')?.startsWith('Similarity by layer and step'),
  );
  assert.equal(strips.length, 2);
  assert.equal(
    new Set(strips.map((strip) => strip.querySelector('.legend')?.getAttribute('data-low'))).size,
    1,
  );
  assert.equal(
    charts.filter((chart) => chart.querySelectorAll('[data-series="final"] .line').length === 1).length,
    2,
  );
});

test('nothing but the one style sheet is allowed, and nothing is asked of the network', () => {
  const policy = page.querySelector('meta[http-equiv]')?.getAttribute('content') ?? '';
  const style = page.querySelector('style')!.textContent;
  const hash = createHash('sha256').update(style).digest('base64');
  assert.equal(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
  assert.ok(demo.includes(style), 'the hash is of the text as it is written');
  assert.equal(page.querySelectorAll('script,link,img,iframe,[style],[src],[href]').length, 0);
  assert.equal(page.querySelectorAll('style').length, 1);
});

test('it says how to reproduce it, what the numbers mean and what may not be quoted', () => {
  const text = page.body.textContent;
  assert.match(text, /repsim demo --seed 0/);
  assert.match(text, /reconstruction/);
  assert.match(text, /may not be quoted/);
  assert.match(text, /unbiased estimate of HSIC/);
  assert.doesNotMatch(text, /NaN|undefined|\[object/);
});

test('hostile names are text, and short', () => {
  const { name, manifest, events, result } = hostileSnapshot();
  const hostile = { name, manifest, events, result };
  const html = renderReport({ title: hostileName, runs: [hostile, hostile], reproduce: hostileName });
  const { document } = parseHTML(html);
  assert.equal(document.querySelectorAll('script,img').length, 0);
  const outsideAttributes = html.replaceAll(/="[^"]*"/g, '');
  assert.ok(!/<img|<script/i.test(outsideAttributes), 'a name became markup');
  assert.doesNotMatch(document.body.textContent, /NaN|undefined/);
  assert.ok(html.length < 1_000_000, `${html.length} bytes`);
});

test('a report of long runs of a deep model stays under a megabyte', () => {
  const big: ExampleOptions = { blocks: 29, steps: 5000, probes: 200 };
  const runs = Array.from({ length: 8 }, (_, i) =>
    run({ ...big, method: i === 0 ? 'full' : 'repsim' }, `run ${i}`),
  );
  const html = renderReport({ title: 'Eight runs', runs, reproduce: 'repsim experiment' });
  assert.ok(html.length < 1_000_000, `${html.length} bytes`);
});

test('a run that did not finish shows its curves without figures', () => {
  const unfinished = { ...run({ done: 0.4 }, 'cancelled'), result: undefined };
  const { document } = parseHTML(
    renderReport({ title: 'One run', runs: [unfinished], reproduce: 'repsim finetune' }),
  );
  assert.equal(document.querySelectorAll('.cards').length, 0);
  assert.ok(document.querySelector('svg.chart .line'));
});

test('it is ordered for a screen reader: one main part, no heading left out, each table and picture named', () => {
  const { document } = parseHTML(
    renderReport({
      title: 'Three runs',
      runs: [
        { ...run({ method: 'full' }, 'full'), note: 'The baseline.\n\nToo sharp.' },
        run({}, 'repsim'),
        { ...run({ done: 0.4 }, 'cancelled'), result: undefined },
      ],
      reproduce: 'repsim finetune',
    }),
  );
  assert.equal(document.querySelectorAll('main').length, 1);
  assert.equal(document.documentElement.getAttribute('lang'), 'en');
  const levels = [...document.querySelectorAll('h1,h2,h3,h4')].map(({ tagName }) => Number(tagName[1]));
  assert.equal(levels[0], 1);
  levels.forEach((level, i) => {
    assert.ok(i === 0 || level <= levels[i - 1]! + 1, `a heading of level ${level} after ${levels[i - 1]}`);
  });
  const tables = [...document.querySelectorAll('table')];
  assert.ok(tables.length > 3 && tables.every((table) => table.querySelector('caption')?.textContent));
  for (const table of tables) {
    const region = table.closest('[role="region"]');
    assert.equal(region?.getAttribute('tabindex'), '0', 'it can be scrolled by the keyboard');
    assert.ok(region?.getAttribute('aria-label'));
  }
  const pictures = [...document.querySelectorAll('svg')];
  assert.ok(pictures.every((svg) => svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label')));
  const text = document.body.textContent;
  assert.match(text, /Note on full.*The baseline\..*Too sharp\./s);
  assert.match(text, /cancelled did not come to its end/);
});

test('of runs with different layers each layer has its row, and what the head reads comes last', () => {
  const runs = [run({ method: 'full' }, 'six'), run({ blocks: 12 }, 'twelve')];
  const { document } = parseHTML(renderReport({ title: 'Two runs', runs, reproduce: '' }));
  const table = [...document.querySelectorAll('table')].find((one) => /block\.11/.test(one.textContent));
  const names = [...(table?.querySelectorAll('tbody th') ?? [])].map((th) => th.textContent);
  assert.deepEqual(names.slice(-3), ['block.11', 'final', 'Mean']);
  assert.match(cells(document, 'block.11')[1]!, /^0\.\d+$/);
  assert.equal(cells(document, 'block.11')[0], '–');
});

test('a run without any sharpness has dashes, not zeros', () => {
  const plain = run({}, 'plain');
  const none = { n: 0, loss: null, samWorstCase: null, topEigenvalue: null, smallestEigenvalue: null };
  const result = {
    ...plain.result!,
    sharpness: { heldOut: { ...none, why: 'it was not asked for' }, train: none },
  };
  const html = renderReport({ title: 'One', runs: [{ ...plain, result }], reproduce: '' });
  const { document } = parseHTML(html);
  assert.deepEqual(cells(document, 'SAM worst case, ρ = 0.05, held-out'), ['–']);
  assert.match(document.body.textContent, /it was not asked for/);
});

test('its repsim.json holds the settings of each run, and long command lines are whole', () => {
  const runs = Array.from({ length: 8 }, (_, i) => run({}, `run ${i}`));
  const reproduce = runs.map(({ name }) => `repsim finetune ${'x'.repeat(900)} # ${name}`).join('\n');
  const { document } = parseHTML(renderReport({ title: 'Eight', runs, reproduce }));
  const [commands, ...files] = [...document.querySelectorAll('pre')].map((pre) => pre.textContent);
  assert.equal(commands, reproduce);
  assert.deepEqual(
    files.map((file) => JSON.parse(file)),
    runs.map(({ manifest }) => manifest!.settings),
  );
});

test('no runs, or more than can be shown, are refused', () => {
  assert.throws(() => renderReport({ title: 'x', runs: [], reproduce: '' }), RangeError);
  const runs = Array.from({ length: 9 }, () => run({}, 'x'));
  assert.throws(() => renderReport({ title: 'x', runs, reproduce: '' }), /1 to 8 runs, not 9/);
});

const analysed = (name: string, model: number, dims: readonly (1 | 2)[], steps?: number): ReportRun => ({
  ...run({ method: model === 0 ? 'full' : 'repsim' }, name),
  analyses: {
    sharpness: exampleSharpness(model),
    landscapes: dims.map((one) => exampleLandscape({ dims: one, models: 1, ...(steps && { steps }) })),
  },
});

test('sharpness and landscapes that a run keeps are in it, with what the figures mean', () => {
  const runs = [analysed('full', 0, [1, 2]), run({}, 'plain'), analysed('repsim', 1, [1])];
  const { document } = parseHTML(renderReport({ title: 'Analysed', runs, reproduce: '' }));
  assert.deepEqual(cells(document, 'Trace of the Hessian'), ['12.50 ± 0.750', '12.50 ± 0.750']);
  assert.match(document.body.textContent, /Adaptive SAM worst case.*in proportion to its size/s);
  const charts = [...document.querySelectorAll('svg.chart')].map((chart) => chart.getAttribute('aria-label'));
  const count = (title: RegExp) => charts.filter((label) => label && title.test(label)).length;
  assert.equal(count(/Spectral density of the Hessian/), 1);
  assert.equal(count(/Loss on test images along a line/), 2);
  assert.equal(count(/Loss on test images over a plane, full/), 1);
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, 'each part of a picture is its own');
  const headings = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent);
  assert.equal(
    headings.indexOf('Sharpness and loss landscape') + 1,
    headings.indexOf('Settings and versions'),
  );
  assert.doesNotMatch(document.body.textContent, /NaN|undefined|\[object/);
});

test('landscapes that do not fit under a megabyte are left out, and it says so', () => {
  const runs = Array.from({ length: 8 }, (_, i) => analysed(`run ${i}`, i % 2, [1, 2], i === 0 ? 401 : 151));
  const html = renderReport({ title: 'Eight runs', runs, reproduce: '' });
  assert.ok(html.length < 1_000_000, `${html.length} bytes`);
  assert.match(html, /more pictures are left out/);
});
