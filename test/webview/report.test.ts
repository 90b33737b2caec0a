import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { parseHTML } from 'linkedom';
import { type ReportRun, renderReport } from '../../webview/report/report';
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

test('no runs, or more than can be shown, are refused', () => {
  assert.throws(() => renderReport({ title: 'x', runs: [], reproduce: '' }), RangeError);
  const runs = Array.from({ length: 9 }, () => run({}, 'x'));
  assert.throws(() => renderReport({ title: 'x', runs, reproduce: '' }), /1 to 8 runs, not 9/);
});
