/** The curvature of every layer by itself: the blocks on the diagonal of the Hessian. */
import type { SharpnessResult, SharpnessSettings } from '../../protocol/sharpness';
import { meanOf } from './estimate';
import { lanczos } from './lanczos';
import type { MeasuredAt } from './measureFigures';
import { rangesOf } from './parameterLayers';
import { restrictSurface } from './restrictSurface';
import { randomDirection } from './sam';
import { rademacher } from './trace';

type Layers = NonNullable<SharpnessResult['layers']>;

const lanczosTolerance = 0.02;
/** Products for the largest eigenvalue of one layer at most. */
const maxProducts = 15;

/**
 * Trace and largest eigenvalue of every layer's block, in the order of the parameters. The traces of all layers come out of the
 * same products: with a Rademacher probe v over all parameters, v_l'(H v)_l has the mean tr(H_ll), for what other layers bring in
 * has the mean 0 (and adds to the standard error).
 */
export async function layerCurvature(
  { surface, w, places }: MeasuredAt,
  { probes, seed }: SharpnessSettings,
  stage: (name: string, total: number) => (done: number) => void,
): Promise<Layers> {
  const names = [...new Set(places.map(({ layer }) => layer))];
  const ranges = names.map((name) => rangesOf(places.filter(({ layer }) => layer === name)));
  const draws: number[][] = names.map(() => []);
  const report = stage('Traces of the layers', probes);
  for (let probe = 0; probe < probes; probe++) {
    const v = rademacher(surface.size, seed, probe);
    const image = await surface.hessianVector(w, v);
    ranges.forEach((parts, l) => {
      let sum = 0;
      for (const { from, to } of parts) for (let i = from; i < to; i++) sum += v[i]! * image[i]!;
      draws[l]!.push(sum);
    });
    report(probe + 1);
  }
  const layers: Layers = [];
  for (const [l, name] of names.entries()) {
    const part = restrictSurface(surface, w, ranges[l]!);
    const at = part.pick(w);
    const found = await lanczos((v) => part.hessianVector(at, v), randomDirection(part.size, 1, seed), {
      steps: maxProducts,
      tolerance: lanczosTolerance,
      onStep: stage(`Largest eigenvalue of ${name}`, maxProducts),
    });
    const trace = meanOf(draws[l]!);
    const finite = Number.isFinite(trace.value);
    layers.push({
      name,
      parameters: part.size,
      trace: finite ? trace.value : null,
      standardError: finite ? trace.standardError : null,
      topEigenvalue: found?.top.value ?? null,
      residual: found?.top.residual ?? null,
      ...(!(finite && found) && { why: 'a Hessian-vector product is not finite' }),
    });
  }
  return layers;
}
