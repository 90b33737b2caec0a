/** What is written at a layer's line. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  driftLevel,
  driftTitle,
  formatDrift,
  type LayerDrift,
  mostDrifted,
  trendBars,
} from '../../../src/host/codelens/driftText';
import { runDrift } from '../../../src/host/codelens/runDrift';
import type { RunEvent } from '../../../src/protocol/runs';

const layer = (name: string, ...trend: number[]): LayerDrift => ({
  layer: name,
  drift: trend.at(-1)!,
  trend,
});

test('small drifts have three digits, others two, and there is no minus nought', () => {
  assert.equal(formatDrift(0.1234), '0.12');
  assert.equal(formatDrift(0.0123), '0.012');
  assert.equal(formatDrift(0), '0.000');
  assert.equal(formatDrift(-0.0002), '0.000');
  assert.equal(formatDrift(-0.02), '-0.020');
});

test('the levels begin at 0.1 and 0.3', () => {
  assert.deepEqual([-0.1, 0.0999, 0.1, 0.2999, 0.3, 1].map(driftLevel), [
    'low',
    'low',
    'medium',
    'medium',
    'high',
    'high',
  ]);
});

test('the trend goes from nought to the most, and noise is not drawn large', () => {
  assert.equal(trendBars([0, 0.1, 0.2, 0.4, 0.8]), '▁▂▃▅█');
  assert.equal(trendBars([0.001, 0.002, 0.001]), '▁▁▁');
  assert.equal(trendBars([-0.1, 0.5]), '▁█');
  assert.equal(trendBars([0.5]), '', 'one value is no trend');
  assert.equal(trendBars(Array.from({ length: 500 }, (_, i) => i / 500)).length, 6);
  assert.equal(
    trendBars(Array.from({ length: 500 }, (_, i) => i / 500)).at(-1),
    '█',
    'the newest is the last',
  );
});

test('one layer is told by its value, several by the least and the most', () => {
  const [a, b] = [layer('block.0', 0, 0.02), layer('block.1', 0, 0.31)];
  assert.equal(driftTitle([a], true), 'drift 0.020 ▁▄');
  assert.equal(driftTitle([b, a], true), 'drift 0.020 – 0.31 (2) ▁█');
  assert.equal(driftTitle([a], false), 'drift 0.020 ? ▁▄');
  assert.equal(mostDrifted([a, b]), b);
  assert.equal(mostDrifted([]), undefined);
});

const probe = (step: number, cls: (number | null)[], mean: (number | null)[]): RunEvent => ({
  time: step,
  type: 'probe',
  step,
  n: 256,
  cls,
  mean,
});

test('drift is 1 - similarity, of the CLS token where there is one', () => {
  const found = runDrift(['a', 'b'], [probe(0, [1, 1], [1, 1]), probe(9, [0.75, null], [0.5, 0.5])])!;
  assert.deepEqual(found.layers.get('a'), { layer: 'a', drift: 0.25, trend: [0, 0.25] });
  assert.equal(found.layers.has('b'), false, 'an undefined value is not shown');
  assert.deepEqual([found.step, found.images, found.samples], [9, 256, 'cls']);
  const patches = runDrift(['a'], [probe(3, [null], [0.5])])!;
  assert.deepEqual([patches.samples, patches.layers.get('a')?.drift], ['mean', 0.5]);
  assert.equal(runDrift(['a'], []), undefined);
  assert.equal(runDrift(['a'], [probe(3, [null], [null])]), undefined);
});
