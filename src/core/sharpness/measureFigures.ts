/** All sharpness figures of one surface that a person asked for. */
import type { ReportProgress } from '../../protocol/progress';
import type { SharpnessMeasure, SharpnessResult, SharpnessSettings } from '../../protocol/sharpness';
import { norm } from '../linearAlgebra/matrix';
import { averageCase } from './averageCase';
import { lanczos, type RitzValue } from './lanczos';
import { layerCurvature } from './layerCurvature';
import type { LossSurface } from './lossSurface';
import type { ParameterPlace } from './parameterLayers';
import { randomDirection, samWorstCase } from './sam';
import { spectralDensity } from './spectralDensity';
import { hutchinsonTrace, hutchPlusPlusTrace } from './trace';

/** The fields of the result that the measures fill. */
export type Figures = Pick<
  SharpnessResult,
  | 'topEigenvalues'
  | 'residuals'
  | 'smallestEigenvalue'
  | 'smallestResidual'
  | 'products'
  | 'trace'
  | 'density'
  | 'sam'
  | 'asam'
  | 'average'
  | 'averageAdaptive'
  | 'layers'
  | 'why'
>;

export interface MeasuredAt {
  readonly surface: LossSurface;
  /** `[surface.size]`; left as it is. */
  readonly w: Float32Array;
  readonly at: { readonly loss: number; readonly gradient: Float32Array };
  /** The parameters of `w`, in its own numbering. */
  readonly places: readonly ParameterPlace[];
}

/** What is called settled: a residual of this part leaves an error of about its square. */
const lanczosTolerance = 0.01;
const notFinite = 'the loss is not finite near the weights';
const productNotFinite = 'a Hessian-vector product is not finite';

export async function measureFigures(
  measured: MeasuredAt,
  settings: SharpnessSettings,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal | undefined; readonly onProgress?: ReportProgress | undefined },
): Promise<Figures> {
  const { surface, w, at } = measured;
  const { seed } = settings;
  const product = (v: Float32Array) => surface.hessianVector(w, v);
  const scale = w.map(Math.abs);
  const stage = (name: string, total: number) => {
    const report = (done: number): void => {
      signal?.throwIfAborted();
      onProgress?.({ stage: name, done, total });
    };
    report(0);
    return report;
  };
  const worstCase = async (rho: number, name: string, adaptive?: Float32Array) => {
    const { ascentSteps, restarts } = settings;
    const onStep = stage(name, ascentSteps * (1 + restarts));
    const options = { rho, ascentSteps, restarts, seed, onStep, ...(adaptive && { scale: adaptive }) };
    const found = await samWorstCase(surface, w, at, options);
    return { rho, value: found?.value ?? null, ascentSteps, restarts, ...(!found && { why: notFinite }) };
  };
  const average = async (sigma: number, name: string, adaptive?: Float32Array) => {
    const { draws } = settings;
    const options = { sigma, draws, seed, onStep: stage(name, draws), ...(adaptive && { scale: adaptive }) };
    const found = await averageCase(surface, w, at.loss, options);
    const { value = null, standardError = null } = found ?? {};
    return { sigma, value, standardError, draws, ...(!found && { why: notFinite }) };
  };

  const measures: Record<SharpnessMeasure, () => Promise<Figures>> = {
    eigenvalues: async () => {
      const onStep = stage('Largest eigenvalues', settings.products);
      const start = startingVector(at.gradient, seed);
      const found = await lanczos(product, start, {
        steps: settings.products,
        tolerance: lanczosTolerance,
        largest: settings.top,
        onStep,
      });
      if (found === null) return { topEigenvalues: null, why: productNotFinite };
      const rough = [...found.largest, found.smallest]
        .filter(isRough)
        .map(({ value }) => value.toPrecision(3));
      return {
        topEigenvalues: found.largest.map(({ value }) => value),
        residuals: found.largest.map(({ residual }) => residual),
        smallestEigenvalue: found.smallest.value,
        smallestResidual: found.smallest.residual,
        products: found.steps,
        ...(rough.length > 0 && {
          why: `after ${found.steps} products the eigenvalues ${rough.join(', ')} have not settled: see their residuals`,
        }),
      };
    },
    trace: async () => {
      const { traceMethod: method, probes: products } = settings;
      const estimate = method === 'hutch++' ? hutchPlusPlusTrace : hutchinsonTrace;
      const onStep = stage('Trace', products);
      const found = await estimate(product, surface.size, { products, seed, onStep });
      const { value = null, standardError = null } = found ?? {};
      return { trace: { value, standardError, method, products, ...(!found && { why: productNotFinite }) } };
    },
    density: async () => {
      const { densityProbes: probes, densitySteps: steps } = settings;
      const onStep = stage('Spectral density', probes * steps);
      const found = await spectralDensity(product, surface.size, { probes, steps, seed, onStep });
      const none = { grid: [], values: [], standardErrors: null, kernelWidth: 0, probes, steps };
      return { density: found ?? { ...none, why: productNotFinite } };
    },
    sam: async () => ({ sam: await worstCase(settings.rho, 'SAM worst case') }),
    asam: async () => ({ asam: await worstCase(settings.adaptiveRho, 'Adaptive SAM worst case', scale) }),
    average: async () => ({ average: await average(settings.sigma, 'Average case') }),
    'average-adaptive': async () => ({
      averageAdaptive: await average(settings.adaptiveSigma, 'Adaptive average case', scale),
    }),
    layers: async () => ({ layers: await layerCurvature(measured, settings, stage) }),
  };
  let figures: Figures = {};
  for (const measure of new Set(settings.measures)) {
    const found = await measures[measure]();
    const why = [figures.why, found.why].filter((text) => text !== undefined).join('; ');
    figures = { ...figures, ...found, ...(why !== '' && { why }) };
  }
  return figures;
}

/** Half the gradient, which is rich in top eigenvectors, half a seeded random direction, which leaves out none. */
function startingVector(gradient: Float32Array, seed: number): Float32Array {
  const start = randomDirection(gradient.length, 1, seed);
  const length = norm(gradient);
  return length > 0 ? start.map((value, i) => value + gradient[i]! / length) : start;
}

function isRough({ value, residual }: RitzValue): boolean {
  return residual > 0.1 * Math.abs(value);
}
