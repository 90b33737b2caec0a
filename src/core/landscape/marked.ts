/** Checkpoints that have a place in the picture beside the model that it is of. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { evenly } from '../../protocol/evenly';
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

/** Bytes of the weights of a trajectory that are held at once. */
const mostWeightBytes = 4 * 2 ** 30;

/**
 * The checkpoints that a run kept along its way, in the order of its steps, without the final one; evenly chosen ones, and a note that
 * says so, where all are more than `mostBytes`.
 */
export async function keptCheckpoints(
  run: string,
  final: LossModel,
  { mostBytes = mostWeightBytes, signal }: { mostBytes?: number; signal?: AbortSignal | undefined } = {},
): Promise<{ readonly marked: Marked[]; readonly notes: string[] }> {
  const names = await readdir(path.join(run, 'checkpoints'));
  const steps = new Map<string, number>();
  for await (const event of eventsOf(run)) {
    if (event.type === 'checkpoint') steps.set(event.path, event.step);
  }
  const last = steps.get(finalCheckpoint) ?? Number.POSITIVE_INFINITY;
  const kept = names
    .filter((name) => /^epoch-\d+$/.test(name))
    .sort()
    .map((name) => ({ name, step: steps.get(`checkpoints/${name}`) }))
    // After the last epoch it is the final checkpoint itself.
    .filter(({ step }) => step === undefined || step < last);
  if (kept.length === 0) {
    throw new UserError(
      `${run} kept no checkpoints along its way: finetune with keepCheckpoints (--keep-checkpoints 1) to see a trajectory.`,
    );
  }
  const most = Math.max(2, Math.floor(mostBytes / final.weights.byteLength));
  const shown = evenly(kept, most);
  const marked: Marked[] = [];
  for (const { name, step } of shown) {
    signal?.throwIfAborted();
    const label = `epoch ${Number(name.slice('epoch-'.length))}`;
    const weights = await weightsLike(path.join(run, 'checkpoints', name), final);
    marked.push({ label, ...weights, ...(step !== undefined && { step }) });
  }
  const notes =
    shown.length < kept.length
      ? [
          `${shown.length} of the ${kept.length} checkpoints along the way are looked at, evenly chosen: the weights of all do not fit into ${mostBytes / 2 ** 30} GiB.`,
        ]
      : [];
  return { marked, notes };
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
