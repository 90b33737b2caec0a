/** The part of a job that has a run: training, the final checkpoint, the measuring, and the last word in the log. */
import path from 'node:path';
import type { ReportProgress } from '../../protocol/progress';
import {
  type FinetuneResult,
  finalCheckpoint,
  finetuneResult,
  lastCheckpoint,
  type RunManifest,
} from '../../protocol/runs';
import type { Runtime } from '../compute/runtime';
import { isCancellation, UserError } from '../errors';
import { saveCheckpoint } from '../models/saveCheckpoint';
import type { HeldRun } from '../runs/holdRun';
import { openRunDirectory, type RunDirectory } from '../runs/runDirectory';
import { analyse } from './analysis';
import { compileNetwork, type Network } from './network';
import { initialState, stepPlan } from './optimisation';
import type { Prepared } from './prepare';
import { createProbe, leastSamples, type Probe } from './probe';
import type { ResumePoint } from './resume';
import { sampleIndices } from './sample';
import { trainFitting } from './trainFitting';

export interface RunJob {
  readonly folder: string;
  /** The lease on that folder; whoever took it releases it. */
  readonly lease: HeldRun;
  readonly manifest: RunManifest;
  readonly prepared: Prepared;
  readonly runtime: Runtime;
  /** Where to go on; step 0 for a new run. */
  readonly point: ResumePoint;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  readonly onRunChanged?: ((run: string) => void) | undefined;
}

/** Images in a batch of an evaluation. */
const evaluationBatch = 32;
/** Between two notes of how far a stage is. */
const stageEveryMs = 1000;

export async function perform(job: RunJob): Promise<FinetuneResult> {
  const { prepared, point, signal } = job;
  const run = await openRunDirectory(job.folder, job.manifest, job.lease, job.onRunChanged);
  job.onRunChanged?.(run.path);
  let step = point.step;
  try {
    const { steps, stepsPerEpoch, settings } = prepared;
    for (const message of prepared.notes) run.append({ type: 'note', message });
    run.append({ type: 'started', steps, stepsPerEpoch, epochs: settings.epochs, fromStep: step });
    const result = await trainAndAnalyse(run, job, (done) => {
      step = done;
    });
    await run.writeResult(result);
    await run.removeFolder(lastCheckpoint);
    run.append({ type: 'finished' });
    await run.flush();
    return result;
  } catch (error) {
    // Where the log itself is what failed, the error is all there is.
    try {
      if (isCancellation(error, signal)) run.append({ type: 'cancelled', step });
      else run.append({ type: 'failed', message: sentence(error) });
      await run.flush();
    } catch {}
    throw error;
  } finally {
    await run.close().catch(() => undefined);
  }
}

/** What the manifest says of the runtime. */
export function runtimeEntry({ name, device, fallbacks = [] }: Runtime): RunManifest['runtime'] {
  return { name, device, ...(fallbacks.length > 0 && { fallbacks: [...fallbacks] }) };
}

function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const what = error instanceof Error ? error.message : String(error);
  return `A fault in RepSim stopped the run (${what}); please report it.`;
}

async function trainAndAnalyse(
  run: RunDirectory,
  job: RunJob,
  onStep: (done: number) => void,
): Promise<FinetuneResult> {
  const began = Date.now();
  const { runtime, point, signal } = job;
  let { prepared, manifest } = job;
  const { checkpoint, settings, splits } = prepared;
  const onProgress = loggingStages(run, job.onProgress);
  onProgress({ stage: 'Compiling the network', done: 0, total: 0 });
  const network = await compileNetwork(runtime, checkpoint.model, checkpoint.preprocessing, evaluationBatch);
  const notes = [...prepared.notes];
  const note = (message: string) => {
    run.append({ type: 'note', message });
    notes.push(message);
  };
  let told = 0;
  const tellFallbacks = async () => {
    const { fallbacks = [] } = runtime;
    if (fallbacks.length === told) return;
    for (const message of fallbacks.slice(told)) note(message);
    told = fallbacks.length;
    manifest = { ...manifest, runtime: runtimeEntry(runtime) };
    await run.writeManifest(manifest);
  };
  try {
    await tellFallbacks();
    let { finetuned } = point;
    if (finetuned === undefined) {
      const context = {
        ...{ runtime, prepared, network, run, signal, onProgress, onStep },
        probe: await openProbe(prepared, network, note, signal),
        start: {
          step: point.step,
          state: point.state ?? initialState(stepPlan(prepared), checkpoint.parameters),
        },
      };
      ({ finetuned, prepared } = await trainFitting(context, async (smaller, message) => {
        note(message);
        const { steps, stepsPerEpoch, settings } = smaller;
        manifest = { ...manifest, settings: { ...manifest.settings, batch: settings.batch } };
        await run.writeManifest(manifest);
        run.append({ type: 'started', steps, stepsPerEpoch, epochs: settings.epochs, fromStep: 0 });
      }));
      const place = path.join(run.path, finalCheckpoint);
      for (const message of await saveCheckpoint(place, checkpoint, finetuned)) note(message);
      run.append({ type: 'checkpoint', step: prepared.steps, path: finalCheckpoint });
    }
    await tellFallbacks();
    const analysis = await analyse({ runtime, prepared, network, finetuned, note, signal, onProgress });
    await tellFallbacks();
    return finetuneResult.parse({
      run: run.path,
      method: settings.method,
      task: prepared.dataset.task,
      runtime: runtime.name,
      seconds: point.seconds + (Date.now() - began) / 1000,
      splits: { train: splits.train.count, val: splits.val.count, test: splits.test.count },
      ...analysis,
      checkpoint: path.join(run.path, finalCheckpoint),
      ...(notes.length > 0 && { notes }),
    });
  } finally {
    await network.dispose();
  }
}

async function openProbe(
  { checkpoint, settings, splits }: Prepared,
  network: Network,
  note: (message: string) => void,
  signal: AbortSignal | undefined,
): Promise<Probe | undefined> {
  const indices = sampleIndices(splits.val.count, settings.probeSize, settings.seed);
  if (indices.length >= leastSamples) {
    return createProbe(network, checkpoint.parameters, splits.val, indices, signal);
  }
  note(
    `The drift is not measured during the run: it needs ${leastSamples} validation images and there are ${indices.length}.`,
  );
  return undefined;
}

/** Passes progress on, and notes in the log when a stage begins and now and then how far it is; steps have events of their own. */
function loggingStages(run: RunDirectory, onProgress: ReportProgress | undefined): ReportProgress {
  let logged = { stage: '', at: 0 };
  return (progress) => {
    onProgress?.(progress);
    const now = Date.now();
    if (progress.stage.startsWith('Epoch ')) return;
    if (progress.stage === logged.stage && now - logged.at < stageEveryMs) return;
    logged = { stage: progress.stage, at: now };
    run.append({ type: 'stage', ...progress });
  };
}
