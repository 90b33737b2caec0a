/** Landscapes to draw in tests, made by formulas whose values are known, with every awkward one a real landscape may have. */
import type { LandscapeResult } from '../../src/protocol/landscape';
import type { LandscapeSnapshot } from '../../src/protocol/landscapePanel';
import type { SharpnessResult } from '../../src/protocol/sharpness';

export const evenly = (from: number, to: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + (i * (to - from)) / (count - 1));

/** Length of the random directions in weight space. */
export const axisLength = [12, 10];
/** Largest curvature of each model. */
export const curvatures = [0.2, 0.1];

/** A valley; the first model lies in a narrower one. */
export function exampleLoss(model: number, x: number, y: number): number {
  const steep = model === 0 ? 4 : 2;
  return 0.3 + 0.1 * model + steep * (x * x + 0.4 * y * y + 0.3 * x * y);
}

export interface ExampleOptions {
  readonly dims?: 1 | 2;
  readonly models?: number;
  readonly steps?: number;
  /** Points for which there is no value. */
  readonly missing?: (x: number, y: number, column: number, row: number) => boolean;
  readonly complete?: boolean;
}

export function exampleLandscape({
  dims = 1,
  models = 2,
  steps = dims === 1 ? 41 : 21,
  missing = () => false,
  complete = true,
}: ExampleOptions = {}): LandscapeResult {
  const x = evenly(-1, 1, steps);
  const y = dims === 1 ? [0] : evenly(-1, 1, steps);
  const grids = (value: (model: number, x: number, y: number) => number) =>
    Array.from({ length: models }, (_, model) =>
      y.map((vy, row) => x.map((vx, column) => (missing(vx, vy, column, row) ? null : value(model, vx, vy)))),
    );
  const loss = grids(exampleLoss);
  const done = loss.flat(2).filter((value) => value !== null).length;
  const paths = ['/home/mia/.repsim/runs/full', '/home/mia/.repsim/runs/repsim'].slice(0, models);
  return {
    axes: 'random',
    dims,
    seed: 0,
    models: paths,
    data: '/home/mia/brainregion.npz',
    split: 'test',
    n: 480,
    x,
    y,
    xAxis: {
      label: 'random direction 1',
      unit: 'filter-normalised: 1 moves every filter by its own length',
      length: axisLength.slice(0, models),
    },
    ...(dims === 2 && {
      yAxis: {
        label: 'random direction 2',
        unit: 'filter-normalised: 1 moves every filter by its own length',
        length: axisLength.slice(0, models),
      },
    }),
    loss,
    accuracy: grids((model, vx, vy) => 1 / (1 + exampleLoss(model, vx, vy))),
    marks: paths.map((checkpoint, i) => ({
      label: ['full', 'repsim'][i]!,
      checkpoint,
      x: 0,
      y: 0,
      distance: 0,
      loss: exampleLoss(i, 0, 0),
    })),
    complete,
    points: { done: complete ? models * steps * y.length : done, total: models * steps * y.length },
    runtime: 'onnx-cpu',
    seconds: 12,
    notes: [],
  };
}

/** The way of a training over a plane, whose middle lies off it. */
export function exampleTrajectory(): LandscapeResult {
  const plane = exampleLandscape({ dims: 2, models: 1 });
  return {
    ...plane,
    axes: 'trajectory',
    xAxis: { ...plane.xAxis, label: 'first component', explainedVariance: 0.812 },
    yAxis: { ...plane.yAxis!, label: 'second component', explainedVariance: 0.09 },
    marks: [0, 1, 2, 3].map((i) => ({
      label: `step ${40 * i}`,
      checkpoint: `/home/mia/.repsim/runs/full/checkpoints/epoch-${i}`,
      step: 40 * i,
      x: -0.8 + 0.27 * i,
      y: 0.7 - 0.5 * i + 0.12 * i * i,
      distance: i === 1 || i === 2 ? 0.5 * i : 0,
      loss: 0.5,
    })),
  };
}

export function exampleSharpness(model: number): SharpnessResult {
  const grid = evenly(-2, 12, 57);
  const bump = (at: number, width: number) => (value: number) => Math.exp(-(((value - at) / width) ** 2));
  const [bulk, top] = [bump(0, 0.5), bump(10 - 3 * model, 0.4)];
  return {
    checkpoint: ['/home/mia/.repsim/runs/full', '/home/mia/.repsim/runs/repsim'][model]!,
    data: '/home/mia/brainregion.npz',
    split: 'test',
    n: 480,
    loss: exampleLoss(model, 0, 0),
    accuracy: 0.9,
    parameters: { selected: 'all', count: 100_000 },
    hessian: 'exact',
    topEigenvalues: [curvatures[model]!, 0.05, 0.02],
    residuals: [1e-4, 2e-4, 3e-4],
    smallestEigenvalue: -0.01,
    smallestResidual: 0.001,
    products: 40,
    trace: { value: 12.5, standardError: 0.75, method: 'hutch++', products: 30 },
    density: {
      grid,
      values: grid.map((value) => bulk(value) + 0.01 * top(value)),
      standardErrors: grid.map((value) => 0.2 * bulk(value)),
      kernelWidth: 0.1,
      probes: 3,
      steps: 20,
    },
    sam: { rho: 0.05, value: 0.12, ascentSteps: 5, restarts: 0 },
    asam: { rho: 0.5, value: null, ascentSteps: 5, restarts: 0, why: 'the loss overflowed' },
    average: { sigma: 0.005, value: 0.02, standardError: 0.001, draws: 10 },
    layers: [
      {
        name: 'embedding',
        parameters: 1000,
        trace: 3,
        standardError: 0.1,
        topEigenvalue: 0.1,
        residual: 0.01,
      },
      { name: 'block.0', parameters: 9000, trace: 9, standardError: 0.2, topEigenvalue: 0.2, residual: 0.02 },
    ],
    deterministic: true,
    seed: 0,
    runtime: 'onnx-cpu',
    seconds: 30,
    notes: [],
  };
}

export function landscapeOf(result: LandscapeResult | undefined): LandscapeSnapshot {
  const models = result?.models ?? ['/home/mia/.repsim/runs/full', '/home/mia/.repsim/runs/repsim'];
  return {
    type: 'snapshot',
    names: ['full brainregion', 'repsim brainregion'].slice(0, models.length),
    choice: { checkpoints: models, dims: result?.dims ?? 1, axes: result?.axes ?? 'random' },
    landscape: { state: result ? 'done' : 'ready', ...(result && { result }) },
    sharpness: { state: 'ready', results: models.map(() => null) },
  };
}

export function measuredLandscape(options: ExampleOptions = {}): LandscapeSnapshot {
  const snapshot = landscapeOf(exampleLandscape(options));
  const results = snapshot.choice.checkpoints.map((_, model) => exampleSharpness(model));
  return { ...snapshot, sharpness: { state: 'done', results } };
}
