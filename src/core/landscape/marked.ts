/** Checkpoints that have a place in the picture beside the model that it is of. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { finalCheckpoint } from '../../protocol/runs';
import { UserError } from '../errors';
import { loadCheckpoint } from '../models/checkpoint';
import { eventsOf } from '../runs/readRun';
import type { LossModel } from '../sharpness/lossModel';
import { flattenParameters } from '../sharpness/modelLossSurface';

/** A checkpoint that has a place in the picture. */
export interface Marked {
  readonly label: string;
  readonly folder: string;
  readonly weights: Float32Array;
  readonly step?: number;
  /** Where it lies in the picture, if that is not where `weights` are. */
  readonly at?: Float32Array;
}

/** The checkpoints that a run kept along its way, in the order of its steps, without the final one. */
export async function keptCheckpoints(run: string, final: LossModel): Promise<Marked[]> {
  const names = await readdir(path.join(run, 'checkpoints'));
  const steps = new Map<string, number>();
  for await (const event of eventsOf(run)) {
    if (event.type === 'checkpoint') steps.set(event.path, event.step);
  }
  const last = steps.get(finalCheckpoint) ?? Number.POSITIVE_INFINITY;
  const marked: Marked[] = [];
  for (const name of names.filter((name) => /^epoch-\d+$/.test(name)).sort()) {
    const step = steps.get(`checkpoints/${name}`);
    // After the last epoch it is the final checkpoint itself.
    if (step !== undefined && step >= last) continue;
    const label = `epoch ${Number(name.slice('epoch-'.length))}`;
    const weights = await weightsLike(path.join(run, 'checkpoints', name), final);
    marked.push({ label, ...weights, ...(step !== undefined && { step }) });
  }
  if (marked.length === 0) {
    throw new UserError(
      `${run} kept no checkpoints along its way: finetune with keepCheckpoints (--keep-checkpoints 1) to see a trajectory.`,
    );
  }
  return marked;
}

/** The weights of a checkpoint of the same network as `model`. Throws a UserError where it is another one. */
export async function weightsLike(
  given: string,
  model: LossModel,
): Promise<{ readonly folder: string; readonly weights: Float32Array }> {
  const other = await loadCheckpoint(given);
  const [here, there] = [model.checkpoint.model.parameters, other.model.parameters];
  if (JSON.stringify(here) !== JSON.stringify(there)) {
    throw new UserError(
      `${given} and ${model.checkpoint.folder} are not the same network with the same head, so nothing lies between them: choose checkpoints of the same shape.`,
    );
  }
  return { folder: other.folder, weights: await flattenParameters(there, other.parameters) };
}
