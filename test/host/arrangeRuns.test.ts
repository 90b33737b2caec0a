/** The order, the filter and the groups of the runs. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  type Arrangement,
  arrangementFrom,
  arrangeRuns,
  groupRuns,
  plainArrangement,
} from '../../src/host/runs/arrangeRuns';
import type { RunSummary } from '../../src/host/runs/runSummary';
import type { RunEntry } from '../../src/host/runs/runsStore';
import type { RunAbout } from '../../src/protocol/about';
import type { Method } from '../../src/protocol/settings';
import { exampleManifest } from '../webview/exampleRuns';

interface Given {
  readonly method?: Method;
  readonly data?: string;
  readonly about?: Omit<RunAbout, 'format'>;
  readonly accuracy?: number;
  readonly similarity?: number;
  readonly sharpness?: number;
}

function run(name: string, given: Given = {}): RunEntry {
  const { method = 'repsim', data = '/data/brain.npz', about, ...figures } = given;
  const manifest = exampleManifest({ method });
  const summary: RunSummary = {
    ...{ folder: `/runs/${name}`, name, state: 'finished', progress: undefined, message: undefined },
    ...{ accuracy: undefined, similarity: undefined, sharpness: undefined, ...figures },
    about: { format: 1, ...about },
    manifest: { ...manifest, id: `id of ${name}`, settings: { ...manifest.settings, method, data } },
  };
  return { folder: summary.folder, name, summary, job: undefined };
}

/** The newest first. */
const runs = [
  run('run 10', { accuracy: 0.7, similarity: 0.4, sharpness: 0.3 }),
  run('run 9', { method: 'full', accuracy: 0.9, similarity: 0.2, sharpness: 0.9 }),
  run('Älter', { data: '/data/retina.npz', about: { starred: true, note: 'for the Poster' } }),
  run('run 1', { method: 'full', data: '/other/brain.npz', accuracy: 0.8, similarity: 0.9, sharpness: 0.1 }),
];
const names = (arranged: readonly RunEntry[]) => arranged.map(({ name }) => name);
const arranged = (part: Partial<Arrangement>) => names(arrangeRuns(runs, { ...plainArrangement, ...part }));

test('starred runs come first, then the newest', () => {
  assert.deepEqual(arranged({}), ['Älter', 'run 10', 'run 9', 'run 1']);
});

test('a run without the value that is sorted by comes after those with it', () => {
  const plain = runs.map((one) => ({ ...one, summary: { ...one.summary!, about: { format: 1 as const } } }));
  const by = (sort: Arrangement['sort']) => names(arrangeRuns(plain, { ...plainArrangement, sort }));
  assert.deepEqual(by('accuracy'), ['run 9', 'run 1', 'run 10', 'Älter']);
  assert.deepEqual(by('similarity'), ['run 1', 'run 10', 'run 9', 'Älter']);
  assert.deepEqual(by('sharpness'), ['run 1', 'run 10', 'run 9', 'Älter']);
  assert.deepEqual(by('name'), ['Älter', 'run 1', 'run 9', 'run 10']);
});

test('every word of the filter is found in name, data, method or note, in any case', () => {
  assert.deepEqual(arranged({ filter: 'POSTER' }), ['Älter']);
  assert.deepEqual(arranged({ filter: ' brain  full ' }), ['run 9', 'run 1']);
  assert.deepEqual(arranged({ filter: 'äl' }), ['Älter']);
  assert.deepEqual(arranged({ filter: 'brain poster' }), []);
  assert.deepEqual(arranged({ filter: '.*' }), [], 'words, not patterns');
  assert.deepEqual(arranged({ starredOnly: true }), ['Älter']);
});

test('groups keep apart data of one name in two folders', () => {
  const shape = (by: 'data' | 'method') =>
    groupRuns(runs, by).map((group) => [group.key, ...names(group.runs)]);
  assert.deepEqual(shape('data'), [
    ['/data/brain.npz', 'run 10', 'run 9'],
    ['/data/retina.npz', 'Älter'],
    ['/other/brain.npz', 'run 1'],
  ]);
  assert.deepEqual(shape('method'), [
    ['full', 'run 9', 'run 1'],
    ['repsim', 'run 10', 'Älter'],
  ]);
});

test('what another version has kept is taken as far as it is understood', () => {
  assert.deepEqual(arrangementFrom(undefined), plainArrangement);
  assert.deepEqual(arrangementFrom('x'), plainArrangement);
  const kept = { filter: 'x', sort: 'colour', group: 'method', starredOnly: 'yes' };
  assert.deepEqual(arrangementFrom(kept), { ...plainArrangement, filter: 'x', group: 'method' });
});

test('ten thousand runs are arranged in no time', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => run(`run ${i}`, { accuracy: (i * 37) % 101 }));
  const sorted = arrangeRuns(many, { ...plainArrangement, sort: 'accuracy', filter: 'run brain' });
  assert.equal(sorted.length, many.length);
  assert.equal(sorted[0]!.summary!.accuracy, 100);
});
