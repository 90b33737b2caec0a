/** Where a run that did not finish can go on. */
import path from 'node:path';
import { finalCheckpoint, lastCheckpoint, type RunManifest } from '../../protocol/runs';
import type { Group, Groups, HostTensor } from '../compute/runtime';
import { UserError } from '../errors';
import { loadCheckpoint } from '../models/checkpoint';
import { eventsOf, readRun } from '../runs/readRun';
import { folderOrReplaced } from '../runs/runDirectory';
import { stepPlan } from './optimisation';
import { type Prepared, type PrepareOptions, prepare } from './prepare';
import { movedBuffers, trainedOnly } from './stepState';
import { loadTrainingState } from './trainingState';

export interface ResumePoint {
  /** Steps that are done. */
  readonly step: number;
  /** Seconds that the run took so far. */
  readonly seconds: number;
  /** The state to go on from; absent where no checkpoint had been written. */
  readonly state?: Groups<HostTensor>;
  /** The parameters, where the training was finished and the measuring was not. */
  readonly finetuned?: Group<HostTensor>;
}

/**
 * Reads the run, whose lease is held, and prepares its work again, with the settings that it was started with. Throws a UserError when
 * the run is finished or its data have changed.
 */
export async function openForResuming(
  folder: string,
  options: PrepareOptions,
): Promise<{ manifest: RunManifest; prepared: Prepared; point: ResumePoint }> {
  const { manifest, state } = await readRun(folder);
  if (state === 'finished') {
    throw new UserError(
      `The run ${folder} is finished: its checkpoint is ${path.join(folder, finalCheckpoint)}.`,
    );
  }
  const prepared = await prepare(manifest.settings, options);
  try {
    if (prepared.dataset.fingerprint !== manifest.data.fingerprint) {
      throw new UserError(
        `The data in ${manifest.settings.data} have changed since the run ${folder} began: start a new run.`,
      );
    }
    const seconds = await secondsSpent(folder);
    return { manifest, prepared, point: { seconds, ...(await lastState(folder, prepared)) } };
  } catch (error) {
    await prepared.dispose();
    throw error;
  }
}

async function lastState(folder: string, prepared: Prepared): Promise<Omit<ResumePoint, 'seconds'>> {
  const final = await folderOrReplaced(path.join(folder, finalCheckpoint));
  if (final !== undefined) {
    const { parameters } = await loadCheckpoint(final);
    return { step: prepared.steps, finetuned: parameters };
  }
  const last = await folderOrReplaced(path.join(folder, lastCheckpoint));
  if (last === undefined) return { step: 0 };
  const plan = stepPlan(prepared);
  const { state, step } = await loadTrainingState(last, plan);
  const { parameters } = await loadCheckpoint(last);
  const buffers = movedBuffers(plan, parameters);
  return {
    step,
    state: {
      ...{ ...state, parameters: trainedOnly(plan, parameters) },
      ...(Object.keys(buffers).length > 0 && { buffers }),
    },
  };
}

/** Time between each start and the last event before the next one. */
async function secondsSpent(run: string): Promise<number> {
  let total = 0;
  let started: number | undefined;
  let latest = 0;
  for await (const event of eventsOf(run)) {
    if (event.type === 'started') {
      if (started !== undefined) total += latest - started;
      started = event.time;
    }
    // A note may be written before the start that it belongs to.
    if (event.type !== 'note') latest = event.time;
  }
  return (total + (started === undefined ? 0 : latest - started)) / 1000;
}
