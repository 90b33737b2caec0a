/** What each kind of axes is made of: the origin and the directions of every model, where checkpoints lie, and how far to look. */
import { defaultRanges, type LandscapeResult, type LandscapeSettings } from '../../protocol/landscape';
import type { ReportProgress } from '../../protocol/progress';
import type { Runtime } from '../compute/runtime';
import { UserError } from '../errors';
import { norm } from '../linearAlgebra/matrix';
import type { VisionModel } from '../models/model';
import { basisCapacity, lanczos } from '../sharpness/lanczos';
import { learnedSurface } from '../sharpness/learnedSurface';
import type { LossModel } from '../sharpness/lossModel';
import { lossPrograms } from '../sharpness/lossPrograms';
import { evenBatch, modelLossSurface } from '../sharpness/modelLossSurface';
import { parameterPlaces } from '../sharpness/parameterLayers';
import { randomDirection } from '../sharpness/sam';
import { coordinatesOf } from './coordinates';
import type { Marked } from './marked';
import type { PlaneAxes } from './pointProgram';
import { randomFilterDirection } from './randomDirections';
import { principalAxes } from './trajectory';

type Axis = LandscapeResult['xAxis'];

export interface Planes {
  /** One a model. */
  readonly planes: readonly PlaneAxes[];
  readonly axes: readonly Pick<Axis, 'label' | 'unit' | 'eigenvalue' | 'explainedVariance'>[];
  readonly marked: readonly Marked[];
  /** Ends of each axis. */
  readonly ranges: readonly (readonly [low: number, high: number])[];
  readonly notes: readonly string[];
}

export interface PlanesContext {
  readonly settings: LandscapeSettings;
  readonly models: readonly LossModel[];
  /** Checkpoints beyond those of `models`: the ends of an interpolation, the way of a training. */
  readonly others: readonly Marked[];
  readonly runtime: Runtime;
  readonly maxBatch: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

const axisNumbers = (dims: 1 | 2): number[] => Array.from({ length: dims }, (_, axis) => axis);
/** Products for the eigenvectors of one model at most. */
const maxProducts = 40;

export async function choosePlanes(context: PlanesContext): Promise<Planes> {
  switch (context.settings.axes) {
    case 'random':
      return randomPlanes(context);
    case 'interpolate':
      return interpolation(context);
    case 'hessian':
      return hessianPlanes(context);
    case 'trajectory':
      return trajectoryPlane(context);
  }
}

function aroundModels({ models, settings }: PlanesContext): Pick<Planes, 'marked' | 'ranges'> {
  const reach = settings.range ?? defaultRanges[settings.axes];
  return {
    marked: models.map((model, i) => ({
      label: `model ${i + 1}`,
      folder: model.checkpoint.folder,
      weights: model.weights,
    })),
    ranges: axisNumbers(settings.dims).map(() => [-reach, reach]),
  };
}

function randomPlanes(context: PlanesContext): Planes {
  const { models, settings } = context;
  const planes = models.map(({ checkpoint, weights }): PlaneAxes => {
    const { parameters, buffers } = checkpoint.model;
    const direction = (axis: number) =>
      randomFilterDirection(parameters, weights, settings.seed, axis, buffers);
    return { origin: weights, first: direction(0), second: settings.dims === 2 ? direction(1) : undefined };
  });
  const same =
    models.length > 1
      ? [
          `All models are moved along the same random draws (seed ${settings.seed}), each in units of its own weights.`,
        ]
      : [];
  return {
    ...aroundModels(context),
    planes,
    axes: axisNumbers(settings.dims).map((axis) => ({
      label: `random direction ${axis + 1}`,
      unit: 'filter-normalised: 1 moves every filter by its own length',
    })),
    notes: same,
  };
}

function interpolation({ models, others, settings }: PlanesContext): Planes {
  const [{ weights: origin, checkpoint }] = models as [LossModel];
  const towards = others.map(({ weights }) => weights.map((value, i) => value - origin[i]!));
  towards.forEach((direction, i) => {
    if (norm(direction) === 0) {
      throw new UserError(
        `${others[i]!.folder} has the same weights as ${checkpoint.folder}: there is nothing between them.`,
      );
    }
  });
  const margin = settings.range ?? defaultRanges.interpolate;
  return {
    planes: [{ origin, first: towards[0]!, second: towards[1] }],
    axes: others.map((_, i) => ({
      label: `from checkpoint 1 to ${i + 2}`,
      unit: `1 is the way to checkpoint ${i + 2}`,
    })),
    marked: [{ label: 'checkpoint 1', folder: checkpoint.folder, weights: origin }, ...others],
    ranges: others.map(() => [-margin, 1 + margin]),
    notes: bufferNotes(checkpoint.model, 'are interpolated as the weights are'),
  };
}

async function hessianPlanes(context: PlanesContext): Promise<Planes> {
  const { models, settings, runtime, signal, onProgress } = context;
  const planes: PlaneAxes[] = [];
  const eigenvalues: number[][] = axisNumbers(settings.dims).map(() => []);
  const notes: string[] = [];
  for (const [m, { checkpoint, weights, samples, counts, task }] of models.entries()) {
    const sample = samples[0]!;
    const batch = evenBatch(counts[0]!, context.maxBatch);
    const programs = lossPrograms(runtime, checkpoint.model, batch, task);
    const whole = modelLossSurface(programs, sample, signal);
    const { surface, w, spread } = learnedSurface(checkpoint.model, whole, weights);
    try {
      const found = await lanczos(
        (v) => surface.hessianVector(w, v),
        randomDirection(surface.size, 1, settings.seed),
        {
          steps: Math.min(maxProducts, basisCapacity(surface.size)),
          largest: settings.dims,
          onStep: (done) =>
            onProgress?.({ stage: `Eigenvectors of model ${m + 1}`, done, total: maxProducts }),
        },
      );
      const vectors = axisNumbers(settings.dims).map((axis) => found?.vector(axis) ?? null);
      if (found === null || found.largest.length < settings.dims || vectors.includes(null)) {
        throw new UserError(
          `The eigenvectors of the Hessian of ${checkpoint.folder} could not be found: choose other axes, for example --axes random.`,
        );
      }
      const [first, second] = vectors.map((vector) => spread(vector!)) as [Float32Array, Float32Array?];
      planes.push({ origin: weights, first, second });
      found.largest.forEach(({ value, residual }, axis) => {
        eigenvalues[axis]!.push(value);
        if (residual <= 0.1 * Math.abs(value)) return;
        notes.push(
          `Eigenvector ${axis + 1} of model ${m + 1} has not settled: eigenvalue ${value.toPrecision(3)}, residual ${residual.toPrecision(2)} after ${found.steps} products.`,
        );
      });
    } finally {
      whole.dispose();
      await programs.dispose();
    }
  }
  if (models.length > 1) notes.push('Every model is moved along the eigenvectors of its own Hessian.');
  return {
    ...aroundModels(context),
    planes,
    axes: eigenvalues.map((eigenvalue, axis) => ({
      label: `eigenvector ${axis + 1} of the Hessian`,
      unit: 'distance in weight space',
      eigenvalue,
    })),
    notes,
  };
}

function trajectoryPlane({ models, others, settings }: PlanesContext): Planes {
  const [{ weights: origin, checkpoint }] = models as [LossModel];
  // Running statistics follow the images that were seen: they are no way that the training took, and stay those of the origin.
  const held = (weights: Float32Array) => withBuffersOf(checkpoint.model, weights, origin);
  const found = principalAxes(
    others.map(({ weights }) => held(weights)),
    origin,
    settings.dims,
  );
  if (found.length < settings.dims) {
    throw new UserError(
      `The ${others.length + 1} checkpoints kept by this run span only ${found.length} dimension${found.length === 1 ? '' : 's'}: finetune with keepCheckpoints and more epochs, or choose other axes.`,
    );
  }
  const [first, second] = found.map(({ direction }) => direction) as [Float32Array, Float32Array?];
  const marked = [...others, { label: 'final', folder: checkpoint.folder, weights: origin }].map((one) => ({
    ...one,
    at: held(one.weights),
  }));
  const places = marked.map(({ at }) => coordinatesOf(at, origin, first, second));
  const margin = settings.range ?? defaultRanges.trajectory;
  const ends = (values: readonly number[]): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [low - margin * (high - low), high + margin * (high - low)];
  };
  return {
    planes: [{ origin, first, second }],
    axes: found.map(({ explainedVariance }, axis) => ({
      label: `principal component ${axis + 1}`,
      unit: 'distance in weight space',
      explainedVariance,
    })),
    marked,
    ranges: [ends(places.map(({ x }) => x)), ends(places.map(({ y }) => y))].slice(0, settings.dims),
    notes: bufferNotes(checkpoint.model, 'are those of the final checkpoint in the whole plane'),
  };
}

function bufferNotes({ buffers }: VisionModel, what: string): string[] {
  return buffers.length === 0 ? [] : [`The running statistics of BatchNorm ${what}.`];
}

/** `weights` with the buffers of `other`: the same where the model has none. */
function withBuffersOf(model: VisionModel, weights: Float32Array, other: Float32Array): Float32Array {
  if (model.buffers.length === 0) return weights;
  const held = other.slice();
  for (const { from, to } of parameterPlaces(model)) held.set(weights.subarray(from, to), from);
  return held;
}
