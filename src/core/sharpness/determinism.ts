/** The check before every analysis: does the same question get the same answer twice? */
import type { LossSurface } from './lossSurface';
import type { ParameterPlace } from './parameterLayers';
import { randomDirection } from './sam';

/**
 * Names what differs, bit by bit, between two evaluations of the loss, the gradient and a Hessian-vector product at `w`: empty if
 * nothing does. Of vectors the parameters are named where `places` tell their names.
 */
export async function findRandomness(
  surface: LossSurface,
  w: Float32Array,
  { seed = 0, places = [] }: { readonly seed?: number; readonly places?: readonly ParameterPlace[] } = {},
): Promise<string[]> {
  const random: string[] = [];
  const compare = (what: string, a: Float32Array, b: Float32Array): void => {
    const differs = differences(a, b);
    if (differs.length === 0) return;
    const where = places.filter(({ from, to }) => differs.some((i) => i >= from && i < to));
    const names = where.slice(0, 3).map(({ name }) => name);
    const more = where.length > 3 ? ` and ${where.length - 3} more` : '';
    random.push(names.length > 0 ? `${what} of ${names.join(', ')}${more}` : what);
  };
  const first = await surface.lossAndGradient(w);
  const second = await surface.lossAndGradient(w);
  compare('the loss', Float32Array.of(first.loss), Float32Array.of(second.loss));
  compare('the gradient', first.gradient, second.gradient);
  const v = randomDirection(surface.size, 1, seed);
  compare('a Hessian-vector product', await surface.hessianVector(w, v), await surface.hessianVector(w, v));
  return random;
}

/** Places where the bits differ: NaN is equal to itself. */
function differences(a: Float32Array, b: Float32Array): number[] {
  const bits = (values: Float32Array) => new Uint32Array(values.buffer, values.byteOffset, values.length);
  const [x, y] = [bits(a), bits(b)];
  const found: number[] = [];
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) found.push(i);
  return found;
}
