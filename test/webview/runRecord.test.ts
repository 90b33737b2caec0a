import assert from 'node:assert/strict';
import test from 'node:test';
import type { RunEvent, RunManifest } from '../../src/protocol/runs';
import { keyFigures, progressOf, settingsFacts } from '../../webview/drift/facts';
import { runTable } from '../../webview/drift/runTable';
import { lossCharts, runningMean } from '../../webview/shared/lossCharts';
import { readRun } from '../../webview/shared/runRecord';
import {
  similarityLines,
  similarityRange,
  similaritySummary,
  stepRange,
} from '../../webview/shared/similarityCharts';
import {
  exampleEvents,
  exampleManifest,
  finishedSnapshot,
  hostileSnapshot,
  runningSnapshot,
} from './exampleRuns';

const time = 0;

function probe(step: number, cls: (number | null)[]): RunEvent {
  return { time, type: 'probe', step, n: 8, cls, mean: cls };
}

test('events without a manifest are still drawn, the last layer as the final one', () => {
  const record = readRun([probe(0, [1, 1, 1]), probe(10, [1, 0.9, 0.5])], undefined);
  assert.deepEqual(record.layers, ['block.0', 'block.1', 'final']);
  const lines = similarityLines(record, 'cls', [0, 10], [0, 1]);
  assert.deepEqual(lines.series[2]!.points, [
    { x: 0, y: 1 },
    { x: 10, y: 0.5 },
  ]);
  assert.match(
    similaritySummary(record, 'cls'),
    /At step 10: most similar block\.0 at 1\.000, least similar final at 0\.500/,
  );
});

test('no events at all are a record with nothing in it', () => {
  const record = readRun([], undefined);
  assert.equal(record.stepsDone, 0);
  assert.deepEqual(lossCharts(record, [0, 1]), []);
  assert.equal(similaritySummary(record, 'cls'), 'Nothing measured yet.');
});

test('a resumed run shows the repetition of its steps, not both', () => {
  const step = (at: number, crossEntropy: number): RunEvent => ({
    time,
    type: 'step',
    step: at,
    epoch: 0,
    lr: 1,
    loss: 1,
    crossEntropy,
    gradientNorm: 1,
  });
  const started = (fromStep: number): RunEvent => ({
    time,
    type: 'started',
    steps: 9,
    stepsPerEpoch: 3,
    epochs: 3,
    fromStep,
  });
  const record = readRun(
    [started(0), step(1, 5), step(2, 6), step(3, 7), probe(3, [1]), started(1), step(2, 60)],
    undefined,
  );
  assert.deepEqual(
    record.steps.map(({ crossEntropy }) => crossEntropy),
    [5, 60],
  );
  assert.equal(record.probes.length, 0);
});

test('the time of a run leaves out what lay between an end and the start that went on from it', () => {
  const started = (at: number, fromStep: number): RunEvent => ({
    time: at,
    type: 'started',
    steps: 9,
    stepsPerEpoch: 3,
    epochs: 3,
    fromStep,
  });
  const note = (at: number): RunEvent => ({ time: at, type: 'note', message: 'batch' });
  const cancelled: RunEvent = { time: 5000, type: 'cancelled', step: 0 };
  const resuming = [note(1000), started(1500, 0), cancelled, note(90_000)];
  assert.equal(readRun(resuming, undefined).elapsed, 4000);
  const resumed = [...resuming, started(91_000, 0), { ...probe(0, [1]), time: 93_000 }];
  assert.equal(readRun(resumed, undefined).elapsed, 6000);
});

test('the range of the similarity opens only when values leave it', () => {
  const range = (value: number) => similarityRange([readRun([probe(0, [1, value])], undefined)], 'cls');
  assert.deepEqual(range(0.95), [0.9, 1]);
  assert.deepEqual(range(0.7), [0.5, 1]);
  assert.deepEqual(range(0.1), [0, 1]);
  assert.deepEqual(range(-0.03), [-0.1, 1]);
});

test('a running run is drawn over all its steps, an ended one over those it made', () => {
  const record = readRun(exampleEvents({ done: 0.5 }), exampleManifest());
  assert.deepEqual(stepRange(record, true), [0, 300]);
  assert.deepEqual(stepRange(record, false), [0, 150]);
});

test('the running mean passes over steps without a value', () => {
  const points = Array.from({ length: 90 }, (_, x) => ({ x, y: x === 10 ? null : x < 45 ? 2 : 4 }));
  const mean = runningMean(points);
  assert.equal(mean[10]!.y, null);
  assert.equal(mean[11]!.y, 2);
  assert.equal(mean[45]!.y, (2 + 2 + 4) / 3);
  assert.equal(mean[89]!.y, 4);
});

test('the loss has a chart for each scale, and only for what was recorded', () => {
  const titles = (method: 'full' | 'repsim') =>
    lossCharts(readRun(exampleEvents({ method }), exampleManifest({ method })), [0, 300]).map(
      ({ title }) => title.split(' ')[0],
    );
  assert.deepEqual(titles('repsim'), ['Cross-entropy', 'RepSim', 'Validation']);
  assert.deepEqual(titles('full'), ['Cross-entropy', 'Validation']);
});

test('progress says epoch, step and time, counted as people count', () => {
  const snapshot = runningSnapshot();
  const { part, words } = progressOf(snapshot, readRun(snapshot.events, snapshot.manifest), 61_000);
  assert.equal(part, 165 / 300);
  assert.equal(words, 'epoch 9 of 15 · step 165 of 300 · 1 min 01 s');
});

test('while a run prepares its stage is told with its count', () => {
  const events: RunEvent[] = [{ time, type: 'stage', stage: 'Reading images', done: 30, total: 120 }];
  const snapshot = { type: 'snapshot' as const, name: 'x', state: 'preparing' as const, events };
  assert.deepEqual(progressOf(snapshot, readRun(events, undefined), 0), {
    part: 0.25,
    words: 'Reading images, 30 of 120',
  });
});

test('the stage is told while it is the newest, unless it is training itself', () => {
  const words = (...stages: RunEvent[]) => {
    const snapshot = runningSnapshot();
    const events = [...snapshot.events, ...stages];
    return progressOf(snapshot, readRun(events, snapshot.manifest), 0).words;
  };
  const stage = (name: string): RunEvent => ({ time, type: 'stage', stage: name, done: 1, total: 4 });
  assert.equal(words(stage('Epoch 9 of 15')), 'epoch 9 of 15 · step 165 of 300');
  assert.match(words(stage('Measuring the sharpness')), /^Measuring the sharpness, 1 of 4 · epoch 9/);
  const step = runningSnapshot().events.findLast(({ type }) => type === 'step')!;
  assert.match(words(stage('Compiling the network'), step), /^epoch 9/);
});

test('after the last step the bar is that of what is measured then, and full once nothing goes on', () => {
  const snapshot = runningSnapshot();
  const { steps } = readRun(snapshot.events, snapshot.manifest).started!;
  const last = { ...snapshot.events.findLast((event) => event.type === 'step')!, step: steps };
  const stage: RunEvent = { time, type: 'stage', stage: 'Measuring the sharpness', done: 1, total: 4 };
  const record = readRun([...snapshot.events, last, stage], snapshot.manifest);
  assert.equal(progressOf(snapshot, record, 0).part, 0.25);
  assert.equal(progressOf({ ...snapshot, state: 'cancelled' }, record, 0).part, 1);
});

test('the settings name files by their last part, of either kind of path', () => {
  const manifest = exampleManifest();
  const windows = { ...manifest, settings: { ...manifest.settings, data: 'C:\\data\\retina\\' } };
  const facts = Object.fromEntries(settingsFacts(windows).map(({ name, value }) => [name, value]));
  assert.equal(facts.Method, 'RepSim, λ 0.3');
  assert.match(facts.Data!, /^retina, 6 classes, 600 \/ 256 \/ 480 images$/);
});

test('the table of values has a row a step, quotes names and leaves out what was not measured', () => {
  const record = readRun(hostileSnapshot().events, {
    ...exampleManifest(),
    model: { ...exampleManifest().model, layers: ['=1+1', 'a,"b"\n'] },
  });
  const text = runTable(record);
  assert.match(text, /,cka_cls =1\+1,"cka_cls a,""b""\n",/);
  const rows = text.trimEnd().split('\r\n');
  assert.equal(rows.length, 1 + 301);
  const probed = rows.find((row) => row.startsWith('104,'))!.split(',');
  assert.equal(probed.length, 8 + 4);
  assert.notEqual(probed[8], '');
  assert.equal(probed[9], '');
  assert.equal(rows.find((row) => row.startsWith('105,'))!.split(',')[8], '');
});

test('of several labels an image the figures are called those of the labels, of levels the classes levels', () => {
  const snapshot = finishedSnapshot();
  const manifest = snapshot.manifest!;
  const { result, ...going } = snapshot;
  const namesOf = (task: RunManifest['data']['task']) => {
    const asked = { ...manifest, data: { ...manifest.data, task } };
    const record = readRun(snapshot.events, asked);
    const data = settingsFacts(asked).find(({ name }) => name === 'Data')!.value;
    const finished = { ...snapshot, manifest: asked, result: { ...result!, task } };
    const figures = [finished, { ...going, manifest: asked }].map(
      (shown) => keyFigures(shown, record, 'cls')[0]!.name,
    );
    return [/\d+ (\w+),/.exec(data)![1], ...figures];
  };
  assert.deepEqual(namesOf(undefined), ['classes', 'Test accuracy', 'Validation accuracy']);
  assert.deepEqual(namesOf('ordinal-regression'), ['levels', 'Test accuracy', 'Validation accuracy']);
  assert.deepEqual(namesOf('multi-label'), [
    'labels',
    'Test accuracy of the labels',
    'Validation accuracy of the labels',
  ]);
});
