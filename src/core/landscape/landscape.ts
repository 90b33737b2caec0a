/** The job of drawing the loss around checkpoints, from a request to a result that is kept. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import packageJson from '../../../package.json';
import { dataSettingsOf } from '../../protocol/dataSettings';
import {
  defaultSteps,
  type LandscapeRequest,
  type LandscapeResult,
  type LandscapeSettings,
  landscapeFolder,
  landscapeResult,
  landscapeResultFile,
  landscapeSettings,
} from '../../protocol/landscape';
import { fittingBatch } from '../compute/fittingBatch';
import { openRuntime } from '../compute/open';
import type { Runtime } from '../compute/runtime';
import { RequestError } from '../errors';
import { checkRequest, type JobContext } from '../job';
import { norm } from '../linearAlgebra/matrix';
import { keepResult, keptResult, resultFile } from '../runs/keptResults';
import { maxLossBatch } from '../sharpness/analyseSharpness';
import { type LossModel, openLossModel } from '../sharpness/lossModel';
import { lossPrograms } from '../sharpness/lossPrograms';
import { evenBatch, modelLossSurface } from '../sharpness/modelLossSurface';
import { coordinatesOf } from './coordinates';
import { axisValues, coarseToFine } from './grid';
import { keptCheckpoints, type Marked, weightsLike } from './marked';
import { choosePlanes, type Planes } from './planes';
import { type LoggedPoint, openPointLog, recorded } from './pointLog';
import { compileLossPlane, type LossPlane } from './pointProgram';

export interface LandscapeContext extends JobContext {
  /** Told after every point: all that is known so far, with `complete` false. Its grids go on being filled. */
  readonly onChanged?: ((result: LandscapeResult) => void) | undefined;
}

/**
 * Images that go through the network together at a point: the more, the less moving the weights costs beside it (1.05 of the forward
 * pass of a small transformer); gradients have smaller batches for their memory.
 */
const maxPointBatch = 96;

/** What is computed on: the models that have a surface of their own, and other checkpoints with a place in it. */
interface Opened {
  readonly models: readonly LossModel[];
  readonly others: readonly Marked[];
}

/** What it is computed with. */
interface Means {
  readonly runtime: Runtime;
  /** Images that go through the network together at most. */
  readonly most: number;
  /** What is told of smaller batches than usual. */
  readonly halvings: readonly string[];
}

/**
 * Throws a UserError for what cannot be drawn, a RequestError where the request itself is wrong, and the reason of a cancelled
 * `signal`; the points computed until then are kept, and the same request goes on after them. A finished landscape is kept and
 * given again.
 */
export async function landscape(
  request: LandscapeRequest,
  context: LandscapeContext,
): Promise<LandscapeResult> {
  const began = Date.now();
  const { workspace } = context;
  const settings = readSettings(request, workspace);
  const opened = await open(settings, context);
  const [first] = opened.models as [LossModel];
  const { checkpoints: _checkpoints, data: _data, threads: _threads, ...asked } = settings;
  const file = resultFile(
    {
      ...{ version: packageJson.version, ...asked },
      // With the folders, which the result names.
      models: opened.models.map((m) => [m.checkpoint.folder, m.fingerprint, m.data, m.dataFingerprint]),
      others: opened.others.map(({ folder, weights }) => [folder, contentOf(weights)]),
    },
    { workspace, run: first.run, folder: landscapeFolder, inRun: landscapeResultFile },
  );
  const kept = await keptResult(file, landscapeResult);
  if (kept !== undefined) return kept;

  const runtime = await openRuntime(settings.runtime, settings.threads ? { threads: settings.threads } : {});
  try {
    const halvings: string[] = [];
    // The points of before are kept, and those that are missing computed.
    const result = await fittingBatch(
      maxPointBatch,
      (most) => {
        const pointsFile = file.replace(/\.json$/, '.points.jsonl');
        return compute(opened, settings, { runtime, most, halvings }, pointsFile, context);
      },
      (sentence) => halvings.push(sentence),
    );
    const finished = landscapeResult.parse({ ...result, seconds: (Date.now() - began) / 1000 });
    await keepResult(workspace, file, finished);
    return finished;
  } finally {
    await runtime.dispose();
  }
}

function readSettings(request: LandscapeRequest, workspace: string): LandscapeSettings {
  const { checkpoints, data, splits, ...rest } = checkRequest(landscapeSettings, request);
  const { axes, dims } = rest;
  if (axes === 'interpolate' && checkpoints.length !== dims + 1) {
    throw new RequestError(
      `To interpolate in ${dims} dimension${dims === 1 ? '' : 's'} name ${dims + 1} checkpoints, not ${checkpoints.length}.`,
    );
  }
  if (axes === 'trajectory' && checkpoints.length !== 1) {
    throw new RequestError(`A trajectory is that of one run: name one, not ${checkpoints.length}.`);
  }
  return {
    ...rest,
    splits: [...new Set(splits)],
    checkpoints: checkpoints.map((given) => path.resolve(workspace, given)),
    ...(data !== undefined && { data: path.resolve(workspace, data) }),
  };
}

async function open(settings: LandscapeSettings, { signal, onProgress }: LandscapeContext): Promise<Opened> {
  const { checkpoints, splits, limit, seed, axes } = settings;
  const opening = { reading: dataSettingsOf(settings), splits, limit, seed, signal, onProgress };
  const first = await openLossModel(checkpoints[0]!, { ...opening, data: settings.data });
  const rest = checkpoints.slice(1);
  if (axes === 'trajectory') {
    if (first.run === undefined) {
      throw new RequestError(`${checkpoints[0]} is not a run, so it has no trajectory: name a run.`);
    }
    const { marked, notes } = await keptCheckpoints(first.run, first, { signal });
    return { models: [{ ...first, notes: [...first.notes, ...notes] }], others: marked };
  }
  if (axes === 'interpolate') {
    const others: Marked[] = [];
    for (const [i, given] of rest.entries()) {
      others.push({ label: `checkpoint ${i + 2}`, ...(await weightsLike(given, first)) });
    }
    return { models: [first], others };
  }
  const models = [first];
  // All on the same images, those of the first.
  for (const given of rest) models.push(await openLossModel(given, { ...opening, data: first.data }));
  return { models, others: [] };
}

async function compute(
  { models, others }: Opened,
  settings: LandscapeSettings,
  { runtime, most, halvings }: Means,
  pointsFile: string,
  { workspace, signal, onProgress, onChanged }: LandscapeContext,
): Promise<LandscapeResult> {
  const [first] = models as [LossModel];
  const { dims, splits } = settings;
  const steps = settings.steps ?? defaultSteps[dims];
  const chosen = await choosePlanes({
    ...{ settings, models, others, runtime, maxBatch: Math.min(most, maxLossBatch), signal, onProgress },
  });
  const [x, y = [0]] = chosen.ranges.map(([low, high]) => axisValues(low, high, steps)) as [
    number[],
    number[]?,
  ];
  const empty = () => models.map(() => y.map(() => x.map((): number | null => null)));
  const surfaces = splits.map((split, s) => ({
    split,
    n: first.counts[s]!,
    loss: empty(),
    accuracy: empty(),
  }));
  const [main, ...further] = surfaces as [(typeof surfaces)[number]];
  const total = models.length * x.length * y.length;
  const done = new Set<string>();
  let undefinedPoints = 0;
  const put = (point: LoggedPoint): void => {
    const { model, row, column, values } = point;
    done.add(`${model} ${row} ${column}`);
    if (values.some(({ loss }) => loss === null)) undefinedPoints++;
    values.forEach(({ loss, accuracy }, s) => {
      surfaces[s]!.loss[model]![row]![column] = loss;
      surfaces[s]!.accuracy[model]![row]![column] = accuracy;
    });
  };
  const log = await openPointLog(workspace, pointsFile);
  for (const point of log.earlier) {
    const fits = point.model < models.length && point.row < y.length && point.column < x.length;
    if (fits && point.values.length === splits.length) put(point);
  }
  const [xAxis, yAxis] = axesOf(chosen);
  const marks = await marksOf(chosen, models, runtime, Math.min(most, maxLossBatch), signal);
  const result = (complete: boolean): LandscapeResult => ({
    ...{ axes: settings.axes, dims, seed: settings.seed, models: models.map((m) => m.checkpoint.folder) },
    ...{ data: first.data, split: main.split, n: main.n, x, y, xAxis: xAxis!, ...(yAxis && { yAxis }) },
    ...{ loss: main.loss, accuracy: main.accuracy, ...(further.length > 0 && { others: further }) },
    ...{ marks, complete, points: { done: done.size, total }, runtime: runtime.name, seconds: 0 },
    notes: [
      ...new Set(models.flatMap(({ notes }) => notes)),
      ...chosen.notes,
      ...halvings,
      ...(runtime.fallbacks ?? []),
    ],
    ...(undefinedPoints > 0 && {
      why: `the loss is not a finite number at ${undefinedPoints} of ${total} points`,
    }),
  });
  onChanged?.(result(false));

  const planes: LossPlane[] = [];
  try {
    for (const [m, { checkpoint, samples }] of models.entries()) {
      const axes = chosen.planes[m]!;
      planes.push(await compileLossPlane(runtime, checkpoint.model, axes, samples, most, first.task));
    }
    const points = coarseToFine(y.length, x.length).flatMap((point) =>
      models.map((_, model) => ({ ...point, model })),
    );
    for (const { model, row, column } of points) {
      if (done.has(`${model} ${row} ${column}`)) continue;
      signal?.throwIfAborted();
      const found = await planes[model]!.at(x[column]!, y[row]!, signal);
      const point = { model, row, column, values: found.map(recorded) };
      put(point);
      await log.append(point);
      onProgress?.({ stage: 'Computing the loss landscape', done: done.size, total });
      onChanged?.(result(false));
    }
  } finally {
    for (const plane of planes) await plane.dispose();
  }
  await log.remove();
  return result(true);
}

function axesOf({ axes, planes }: Planes): LandscapeResult['xAxis'][] {
  return axes.map((axis, a) => ({
    ...axis,
    length: planes.map(({ first, second }) => norm(a === 0 ? first : second!)),
  }));
}

/** Where checkpoints lie, and their own loss: that of the plane at their place where they lie in it. */
async function marksOf(
  { planes, marked }: Planes,
  models: readonly LossModel[],
  runtime: Runtime,
  most: number,
  signal: AbortSignal | undefined,
): Promise<LandscapeResult['marks']> {
  const marks: LandscapeResult['marks'] = [];
  for (const [m, model] of models.entries()) {
    const sample = model.samples[0]!;
    const batch = evenBatch(model.counts[0]!, most);
    const programs = lossPrograms(runtime, model.checkpoint.model, batch, model.task);
    const surface = modelLossSurface(programs, sample, signal);
    const { origin, first, second } = planes[m]!;
    try {
      // Either every model has its own mark, or all are in the plane of the only one.
      for (const { label, folder, weights, at, step } of models.length > 1 ? [marked[m]!] : marked) {
        const loss = await surface.loss(weights);
        marks.push({
          ...{ label, checkpoint: folder, ...(step !== undefined && { step }) },
          ...coordinatesOf(at ?? weights, origin, first, second),
          loss: Number.isFinite(loss) ? loss : null,
        });
      }
    } finally {
      surface.dispose();
      await programs.dispose();
    }
  }
  return marks;
}

function contentOf(weights: Float32Array): string {
  const bytes = new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}
