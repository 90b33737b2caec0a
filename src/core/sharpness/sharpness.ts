/** The sharpness figures of one set of weights on one sample of images. */
import type { ReportProgress } from '../../protocol/progress';
import type { SharpnessFigures } from '../../protocol/runs';
import { norm } from '../linearAlgebra/matrix';
import { type LanczosResult, lanczos, type RitzValue } from './lanczos';
import type { LossSurface } from './lossSurface';
import { defaultAscentSteps, defaultRho, randomDirection, samWorstCase } from './sam';

export interface SharpnessOptions {
  readonly rho?: number;
  readonly ascentSteps?: number;
  /** Hessian-vector products at most; default 12. */
  readonly lanczosSteps?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
}

export interface Sharpness extends SharpnessFigures {
  /** How far an exact eigenvalue may be from the two reported; null where these are. */
  readonly topResidual: number | null;
  readonly smallestResidual: number | null;
  /** Hessian-vector products that were made. */
  readonly lanczosSteps: number;
}

const defaultLanczosSteps = 12;
/** A residual of 3 % leaves an error of about 0.1 %, for it goes with the square; small networks need 6 to 8 products. */
const lanczosTolerance = 0.03;
/** What a Hessian-vector product costs, in gradients. */
const productCost = 3;

/**
 * Loss, worst case in the SAM ball, largest and smallest eigenvalue of the Hessian at `w`, which is not changed. The
 * gradient is taken twice first; if the two differ, `why` says so, for then nothing here is reproducible. Figures that
 * are not finite are null, with the reason in `why`; an eigenvalue
 * whose residual exceeds a tenth of it is named there too.
 */
export async function measureSharpness(
  surface: LossSurface,
  w: Float32Array,
  options: SharpnessOptions = {},
): Promise<Sharpness> {
  const { rho = defaultRho, ascentSteps = defaultAscentSteps, seed = 0, signal } = options;
  const { lanczosSteps = defaultLanczosSteps } = options;
  const total = 2 + ascentSteps + productCost * lanczosSteps;
  const report = (done: number): void => {
    signal?.throwIfAborted();
    options.onProgress?.({ stage: `Measuring sharpness on ${surface.n} images`, done, total });
  };
  report(0);
  const at = await surface.lossAndGradient(w);
  report(1);
  if (!Number.isFinite(at.loss)) return nothing(surface.n, `the loss is ${at.loss}`);
  if (!Number.isFinite(norm(at.gradient))) return nothing(surface.n, 'the gradient is not finite', at.loss);
  const notes: string[] = [];
  const again = await surface.lossAndGradient(w);
  if (!sameBits(at.gradient, again.gradient)) {
    notes.push('two evaluations of the same gradient differ, so the last digits vary from run to run');
  }
  report(2);

  const worst = await samWorstCase(surface, w, at, {
    rho,
    ascentSteps,
    seed,
    onStep: (done) => report(2 + done),
  });
  if (worst === null) notes.push(`the loss is not finite within ${rho} of the weights`);

  const start = lanczosStart(worst?.perturbation ?? at.gradient, seed);
  const spectrum = await lanczos((v) => surface.hessianVector(w, v), start, {
    steps: lanczosSteps,
    tolerance: lanczosTolerance,
    onStep: (done) => report(2 + ascentSteps + productCost * done),
  });
  notes.push(...spectrumNotes(spectrum));
  report(total);
  return {
    n: surface.n,
    loss: at.loss,
    samWorstCase: worst?.value ?? null,
    topEigenvalue: spectrum?.top.value ?? null,
    smallestEigenvalue: spectrum?.smallest.value ?? null,
    topResidual: spectrum?.top.residual ?? null,
    smallestResidual: spectrum?.smallest.residual ?? null,
    lanczosSteps: spectrum?.steps ?? 0,
    ...(notes.length > 0 ? { why: notes.join('; ') } : {}),
  };
}

/**
 * Where Lanczos starts: half the direction in which the loss rises most, which is rich in top eigenvectors and saves two or three
 * products at a well trained minimum, half a seeded random direction, which leaves out none.
 */
function lanczosStart(uphill: Float32Array, seed: number): Float32Array {
  const start = randomDirection(uphill.length, 1, seed);
  const length = norm(uphill);
  return length > 0 ? start.map((value, i) => value + uphill[i]! / length) : start;
}

function spectrumNotes(spectrum: LanczosResult | null): string[] {
  if (spectrum === null) return ['a Hessian-vector product is not finite'];
  const { top, smallest, steps } = spectrum;
  const rough = ({ value, residual }: RitzValue): boolean => residual > 0.1 * Math.abs(value);
  const say = (which: string, beyond: string, { value, residual }: RitzValue): string =>
    `the ${which} eigenvalue may be ${beyond} ${value.toPrecision(3)}, whose residual is ${residual.toPrecision(2)} after ${steps} products`;
  return [
    ...(rough(top) ? [say('largest', 'above', top)] : []),
    ...(rough(smallest) ? [say('smallest', 'below', smallest)] : []),
  ];
}

function nothing(n: number, why: string, loss: number | null = null): Sharpness {
  return {
    n,
    loss,
    samWorstCase: null,
    topEigenvalue: null,
    smallestEigenvalue: null,
    topResidual: null,
    smallestResidual: null,
    lanczosSteps: 0,
    why,
  };
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  const [x, y] = [bits(a), bits(b)];
  return x.every((word, i) => word === y[i]);
}
