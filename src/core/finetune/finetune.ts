/** The jobs of this folder: one finetuning run from a request to a result, and the rest of one that was stopped. */
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import packageJson from '../../../package.json';
import type { ReportProgress } from '../../protocol/progress';
import type { FinetuneResult, RunManifest } from '../../protocol/runs';
import type { FinetuneRequest } from '../../protocol/settings';
import { openRuntime } from '../compute/open';
import { type Runtime, sizeOf } from '../compute/runtime';
import { layerModules } from '../models/layerModules';
import { holdRun } from '../runs/holdRun';
import { manifestOf } from '../runs/readRun';
import { makeRunFolder, type RunPlace, removeIfEmpty } from '../runs/runDirectory';
import { perform, runtimeEntry } from './perform';
import { type Prepared, prepare, readSettings } from './prepare';
import { openForResuming } from './resume';

export interface FinetuneContext {
  /** Folder that relative paths start from and that holds `.repsim`. */
  readonly workspace: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  /** Told the run's folder when it exists, and again whenever something was written to it. */
  readonly onRunChanged?: ((run: string) => void) | undefined;
}

/**
 * Does the whole job. What is wrong with the request throws a UserError before a run exists; what goes wrong later is in the run's log
 * too. A cancelled `signal` throws its reason and leaves a run that `resumeFinetune` continues.
 */
export async function finetune(request: FinetuneRequest, context: FinetuneContext): Promise<FinetuneResult> {
  const settings = readSettings(request, context.workspace);
  const place = await makeRunFolder(context.workspace, settings);
  const lease = await holdRun(place.path);
  try {
    context.onProgress?.({ stage: 'Reading the checkpoint and the data', done: 0, total: 0 });
    const prepared = await prepare(settings, context);
    return await withRuntime(prepared, (runtime) =>
      perform({
        ...{ ...context, prepared, runtime },
        folder: place.path,
        lease,
        manifest: newManifest(place, prepared, runtime),
        point: { step: 0, seconds: 0 },
      }),
    );
  } finally {
    await lease.release();
    await removeIfEmpty(place);
  }
}

/**
 * Continues a run that was cancelled, failed or was interrupted, from its last checkpoint, with its own settings. On a CPU the result is
 * that of a run that was never stopped, to the bit. Throws a UserError when there is nothing to continue, or another process works on it.
 */
export async function resumeFinetune(run: string, context: FinetuneContext): Promise<FinetuneResult> {
  const folder = path.resolve(context.workspace, run);
  context.onProgress?.({ stage: 'Reading the run', done: 0, total: 0 });
  await manifestOf(folder); // a folder that is no run is not written to
  const lease = await holdRun(folder, context.signal);
  try {
    const { manifest, prepared, point } = await openForResuming(folder, context);
    return await withRuntime(prepared, (runtime) => {
      const resumed = { ...manifest, pid: process.pid, runtime: runtimeEntry(runtime) };
      return perform({ ...context, folder, lease, manifest: resumed, prepared, runtime, point });
    });
  } finally {
    await lease.release();
  }
}

/** Closes the runtime and what was prepared, whatever happens. */
async function withRuntime<T>(prepared: Prepared, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  try {
    const { runtime: choice, threads } = prepared.settings;
    const runtime = await openRuntime(choice, threads === undefined ? {} : { threads });
    try {
      return await work(runtime);
    } finally {
      await runtime.dispose();
    }
  } finally {
    await prepared.dispose();
  }
}

function newManifest(place: RunPlace, prepared: Prepared, runtime: Runtime): RunManifest {
  const { checkpoint, dataset, settings, splits } = prepared;
  const { model } = checkpoint;
  const parameters = Object.values(model.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    format: 1,
    id: place.id,
    createdAt: new Date().toISOString(),
    settings,
    runtime: runtimeEntry(runtime),
    versions: {
      repsim: packageJson.version,
      node: process.versions.node,
      tfjs: tf.version_core,
      onnxruntime: packageJson.dependencies['onnxruntime-node'],
    },
    model: {
      architecture: model.architecture,
      layers: [...model.layers],
      parameters,
      modules: layerModules(checkpoint.source.layout),
    },
    data: {
      fingerprint: dataset.fingerprint,
      task: dataset.task,
      classes: [...dataset.classes],
      splits: { train: splits.train.count, val: splits.val.count, test: splits.test.count },
      skipped: dataset.skipped.length,
    },
    pid: process.pid,
  };
}
