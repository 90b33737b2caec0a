/** The engine as it is shipped, dist/engine.js, measuring sharpness and drawing a landscape that refines and can be cancelled. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { startEngineWork } from '../../src/host/engine/engineRun';
import { engineMethods } from '../../src/protocol/engine';
import type { LandscapeResult } from '../../src/protocol/landscape';
import type { SharpnessResult } from '../../src/protocol/sharpness';
import { checkpoint, labels, tinyWorkspace, writeImages } from '../core/finetune/tinyJob';

const file = path.join(__dirname, '..', '..', 'dist', 'engine.js');
const quiet = { line: () => undefined };

test('sharpness and landscapes come back as results; what was computed before a cancel is kept', async (t) => {
  assert.ok(existsSync(file), 'dist/engine.js is missing: run `node esbuild.js` first');
  const { workspace } = await tinyWorkspace(t);
  await writeImages(path.join(workspace, 'five.npz'), {
    train: labels(10, 5),
    val: labels(5, 5),
    test: labels(10, 5),
  });
  const common = { data: 'five.npz', threads: 1 };

  const sharpness = startEngineWork<SharpnessResult>(
    { file },
    [
      {
        method: engineMethods.sharpness,
        params: { settings: { ...common, checkpoint, measures: ['sam'] }, workspace },
      },
    ],
    quiet,
  );
  const measured = await sharpness.outcome;
  assert.ok(measured.kind === 'finished', JSON.stringify(measured));
  assert.ok(measured.result.sam!.value! > 0);

  const request = {
    method: engineMethods.landscape,
    params: { settings: { ...common, checkpoints: [checkpoint], dims: 2, steps: 101 }, workspace },
  };
  let known: LandscapeResult | undefined;
  const work = startEngineWork<LandscapeResult>({ file }, [request], {
    ...quiet,
    landscapeChanged: ({ result }) => {
      known = result;
      if (result.points.done > 3) work.cancel();
    },
  });
  const outcome = await work.outcome;
  assert.equal(outcome.kind, 'cancelled', JSON.stringify(outcome));
  assert.equal(known!.complete, false);
  assert.ok(known!.points.done > 3 && known!.points.done < known!.points.total);
  const middle = known!.loss[0]![50]![50]!;
  assert.ok(Math.abs(middle - known!.marks[0]!.loss!) < 1e-6);
  const kept = await readdir(path.join(workspace, '.repsim/landscape'));
  assert.match(kept[0]!, /\.points\.jsonl$/);
});
