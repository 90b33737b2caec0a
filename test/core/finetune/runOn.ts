/** A tiny run on a runtime of the test's own. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Runtime } from '../../../src/core/compute/runtime';
import { perform, type RunJob, runtimeEntry } from '../../../src/core/finetune/perform';
import { prepare, readSettings } from '../../../src/core/finetune/prepare';
import { holdRun } from '../../../src/core/runs/holdRun';
import type { RunManifest } from '../../../src/protocol/runs';
import type { FinetuneRequest } from '../../../src/protocol/settings';
import { tinyRequest, tinyWorkspace } from './tinyJob';

/** The tiny job of one epoch, which `more` changes, on `runtime`; `watch` goes along with it. */
export async function runOn(
  t: TestContext,
  runtime: Runtime,
  more: Partial<FinetuneRequest>,
  watch: Pick<RunJob, 'signal' | 'onProgress'> = {},
) {
  t.after(() => runtime.dispose());
  const { workspace, data } = await tinyWorkspace(t);
  const folder = path.join(workspace, 'run');
  await mkdir(folder);
  const prepared = await prepare(readSettings(tinyRequest(data, { epochs: 1, ...more }), workspace), {});
  t.after(() => prepared.dispose());
  const { checkpoint, dataset, settings } = prepared;
  const manifest: RunManifest = {
    format: 1 as const,
    ...{ id: 'run', createdAt: new Date().toISOString(), settings, versions: {} },
    ...{ runtime: runtimeEntry(runtime), pid: process.pid },
    model: { architecture: 'vit', layers: [...checkpoint.model.layers], parameters: 1 },
    data: {
      ...{ fingerprint: dataset.fingerprint, classes: [...dataset.classes], skipped: 0 },
      splits: { train: 36, val: 12, test: 12 },
    },
  };
  const lease = await holdRun(folder);
  const point = { step: 0, seconds: 0 };
  const result = perform({ ...watch, folder, lease, manifest, prepared, runtime, point });
  return { workspace, folder, result: result.finally(() => lease.release()) };
}
