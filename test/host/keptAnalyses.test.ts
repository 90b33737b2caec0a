/** Which of the results that are kept in run folders and the workspace belong to what a panel looks at. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after } from 'node:test';
import { keptLandscape, keptSharpness } from '../../src/host/landscape/keptAnalyses';
import type { LandscapeChoice } from '../../src/protocol/landscapePanel';
import { exampleLandscape, exampleSharpness } from '../webview/exampleLandscape';

const workspace = mkdtempSync(path.join(os.tmpdir(), 'repsim-kept-'));
after(() => rmSync(workspace, { recursive: true, force: true }));
const run = path.join(workspace, '.repsim/runs/one');
const final = path.join(run, 'checkpoints/final');
const other = path.join(workspace, 'other');

function write(file: string, content: object | string, minutesAgo: number): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const time = Date.now() / 1000 - 60 * minutesAgo;
  utimesSync(file, time, time);
}

const choice = (change: Partial<LandscapeChoice>): LandscapeChoice => ({
  checkpoints: [run],
  dims: 1,
  axes: 'random',
  ...change,
});
const slice = { ...exampleLandscape({ models: 1 }), models: [final] };
const between = {
  ...slice,
  axes: 'interpolate' as const,
  marks: [final, other].map((checkpoint, x) => ({
    label: `${x}`,
    checkpoint,
    x,
    y: 0,
    distance: 0,
    loss: 1,
  })),
};
write(path.join(run, 'run.json'), {}, 60);
write(path.join(run, 'results/landscape-old.json'), { ...slice, seed: 1 }, 30);
write(path.join(run, 'results/landscape-new.json'), { ...slice, seed: 2 }, 20);
write(path.join(run, 'results/landscape-broken.json'), '{"axes":', 10);
write(path.join(run, 'results/landscape-part.json'), { ...slice, complete: false, seed: 3 }, 5);
write(path.join(run, 'results/landscape-between.json'), between, 40);
write(path.join(run, 'results/sharpness-a.json'), { ...exampleSharpness(0), checkpoint: final }, 30);
write(
  path.join(run, 'results/sharpness-b.json'),
  { ...exampleSharpness(0), checkpoint: final, parameters: { selected: 'block.0', count: 5 } },
  10,
);
write(
  path.join(workspace, '.repsim/sharpness/c.json'),
  { ...exampleSharpness(1), checkpoint: other, data: '/data/other.npz' },
  10,
);

test('the newest whole landscape of a run is found, past broken and partial files', async () => {
  assert.equal((await keptLandscape(choice({}), workspace))?.seed, 2);
  assert.equal((await keptLandscape(choice({ checkpoints: [final] }), workspace))?.seed, 2);
});

test('other dimensions, axes, images or models are not taken for it', async () => {
  for (const change of [
    { dims: 2 as const },
    { axes: 'hessian' as const },
    { data: '/data/other.npz' },
    { checkpoints: [run, other] },
    { checkpoints: [path.join(workspace, '.repsim/runs/on')] },
  ])
    assert.equal(await keptLandscape(choice(change), workspace), undefined, JSON.stringify(change));
});

test('a line between checkpoints is found by all of them', async () => {
  const line = choice({ axes: 'interpolate', checkpoints: [run, other] });
  assert.deepEqual(await keptLandscape(line, workspace), between);
  const elsewhere = choice({ axes: 'interpolate', checkpoints: [run, path.join(workspace, 'third')] });
  assert.equal(await keptLandscape(elsewhere, workspace), undefined);
});

test('the sharpness of every model is found where it is kept, of all parameters only', async () => {
  const [first, second] = await keptSharpness(choice({ checkpoints: [run, other] }), workspace);
  assert.equal(first?.parameters.selected, 'all');
  assert.equal(second?.checkpoint, other);
  const images = choice({ checkpoints: [run, other], data: '/data/other.npz' });
  assert.deepEqual(
    (await keptSharpness(images, workspace)).map((result) => result?.checkpoint ?? null),
    [null, other],
  );
});
