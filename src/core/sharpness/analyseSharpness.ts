/** The job of measuring the sharpness of a checkpoint, from a request to a result that is kept. */
import path from 'node:path';
import packageJson from '../../../package.json';
import { dataSettingsOf } from '../../protocol/dataSettings';
import {
  type SharpnessRequest,
  type SharpnessResult,
  type SharpnessSettings,
  sharpnessFolder,
  sharpnessResult,
  sharpnessResultFile,
  sharpnessSettings,
} from '../../protocol/sharpness';
import { fittingBatch } from '../compute/fittingBatch';
import { openRuntime } from '../compute/open';
import type { Runtime } from '../compute/runtime';
import { checkRequest, type JobContext } from '../job';
import { norm } from '../linearAlgebra/matrix';
import { keepResult, keptResult, resultFile } from '../runs/keptResults';
import { findRandomness } from './determinism';
import { hessianByDifferences } from './hessianByDifferences';
import { type LossModel, openLossModel } from './lossModel';
import { lossPrograms } from './lossPrograms';
import { measureFigures } from './measureFigures';
import { evenBatch, type ModelLossSurface, modelLossSurface } from './modelLossSurface';
import { type ParameterPlace, parameterPlaces, rangesOf, selectParameters } from './parameterLayers';
import { restrictSurface } from './restrictSurface';

/** Images in a batch of the programs at most. */
export const maxLossBatch = 48;

/**
 * Throws a UserError for what cannot be measured, a RequestError where the request itself is wrong, and the reason of a cancelled
 * `signal`. What was measured is kept and given again for the same weights, images and settings.
 */
export async function analyseSharpness(
  request: SharpnessRequest,
  context: JobContext,
): Promise<SharpnessResult> {
  const began = Date.now();
  const { workspace, signal } = context;
  const settings = readSettings(request, workspace);
  const opened = await openLossModel(settings.checkpoint, {
    ...{ data: settings.data, splits: [settings.split], limit: settings.limit, seed: settings.seed },
    ...{ reading: dataSettingsOf(settings), signal, onProgress: context.onProgress },
  });
  const places = { checkpoint: opened.checkpoint.folder, data: opened.data };
  const { checkpoint: _checkpoint, data: _data, threads: _threads, ...asked } = settings;
  const content = { model: opened.fingerprint, data: opened.dataFingerprint };
  const file = resultFile(
    { version: packageJson.version, ...asked, ...content },
    { workspace, run: opened.run, folder: sharpnessFolder, inRun: sharpnessResultFile },
  );
  const kept = await keptResult(file, sharpnessResult);
  if (kept !== undefined) return { ...kept, ...places };

  const runtime = await openRuntime(settings.runtime, settings.threads ? { threads: settings.threads } : {});
  try {
    const halvings: string[] = [];
    const measured = await fittingBatch(
      maxLossBatch,
      (batch) => measure(opened, settings, runtime, batch, context),
      (sentence) => halvings.push(sentence),
    );
    const seconds = (Date.now() - began) / 1000;
    const notes = [...measured.notes, ...halvings, ...(runtime.fallbacks ?? [])];
    const result = sharpnessResult.parse({
      ...places,
      ...measured,
      seconds,
      notes,
    } satisfies SharpnessResult);
    await keepResult(workspace, file, result);
    return result;
  } finally {
    await runtime.dispose();
  }
}

function readSettings(request: SharpnessRequest, workspace: string): SharpnessSettings {
  const { checkpoint, data, ...rest } = checkRequest(sharpnessSettings, request);
  return {
    ...rest,
    checkpoint: path.resolve(workspace, checkpoint),
    ...(data !== undefined && { data: path.resolve(workspace, data) }),
  };
}

async function measure(
  { checkpoint, weights, samples, counts, task, notes }: LossModel,
  settings: SharpnessSettings,
  runtime: Runtime,
  most: number,
  { signal, onProgress }: JobContext,
): Promise<Omit<SharpnessResult, 'checkpoint' | 'data' | 'seconds'>> {
  const { model } = checkpoint;
  const [sample] = samples;
  const selected = selectParameters(parameterPlaces(model), settings.parameters);
  const programs = lossPrograms(runtime, model, evenBatch(counts[0]!, most), task);
  let whole: ModelLossSurface | undefined;
  try {
    whole = modelLossSurface(programs, sample!, signal);
    const { loss, accuracy } = await whole.lossAndAccuracy(weights);
    const count = selected.reduce((sum, { from, to }) => sum + to - from, 0);
    const common = {
      ...{ split: settings.split, n: whole.n, hessian: settings.hessian },
      ...{ parameters: { selected: settings.parameters, count }, seed: settings.seed, runtime: runtime.name },
    };
    if (!Number.isFinite(loss)) {
      const why = `the loss is ${loss}`;
      return { ...common, loss: null, accuracy: null, deterministic: true, notes: [...notes], why };
    }
    const base = settings.hessian === 'exact' ? whole : hessianByDifferences(whole);
    const part = restrictSurface(base, weights, rangesOf(selected));
    // With all parameters the restriction would only copy.
    const [surface, w] = count === weights.length ? [base, weights] : [part, part.pick(weights)];
    const own = renumbered(selected);
    onProgress?.({ stage: 'Checking that results repeat', done: 0, total: 0 });
    const random = await findRandomness(surface, w, { seed: settings.seed, places: own });
    const at = await surface.lossAndGradient(w);
    const gradientNorm = norm(at.gradient);
    if (!Number.isFinite(gradientNorm)) {
      const why = 'the gradient is not finite';
      return { ...common, loss, accuracy, deterministic: false, notes: [...notes], why };
    }
    const figures = await measureFigures({ surface, w, at, places: own }, settings, { signal, onProgress });
    const differing = `Two evaluations differ in ${random.join(' and ')}: the last digits vary from run to run.`;
    return {
      ...common,
      ...{ loss, accuracy, ...figures, deterministic: random.length === 0 },
      notes: random.length === 0 ? [...notes] : [...notes, differing],
    };
  } finally {
    whole?.dispose();
    await programs.dispose();
  }
}

/** The selected parameters as a restriction numbers them. */
function renumbered(selected: readonly ParameterPlace[]): ParameterPlace[] {
  let at = 0;
  return selected.map((place) => {
    const from = at;
    at += place.to - place.from;
    return { ...place, from, to: at };
  });
}
