/** Average-case sharpness: the mean rise of the loss under random noise on the weights. */
import { createRandom } from '../random';
import { type Estimate, meanOf } from './estimate';
import type { LossSurface } from './lossSurface';

export interface AverageCaseOptions {
  /** Deviation of the noise on every weight. */
  readonly sigma: number;
  /** Pairs of opposite draws: e and -e. */
  readonly draws: number;
  readonly seed: number;
  /** The noise of weight i is multiplied by this, |w_i| for the adaptive form `[size]`. */
  readonly scale?: Float32Array;
  /** Called after each pair. */
  readonly onStep?: (done: number) => void;
}

/** Keeps these draws apart from others of the same seed. */
const purpose = 25;

/**
 * E[L(w + e)] - L(w), e ~ N(0, sigma^2) (times `scale`): sigma^2 tr(H) / 2 on a quadratic. A draw is the mean of e and -e, from
 * which the slope, which adds nothing to the mean, cancels. `loss` is L(w). Null if a loss is not finite.
 */
export async function averageCase(
  surface: LossSurface,
  w: Float32Array,
  loss: number,
  { sigma, draws, seed, scale, onStep }: AverageCaseOptions,
): Promise<Estimate | null> {
  const rises: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const random = createRandom(seed, purpose, draw);
    const noise = Float32Array.from(w, (_, i) => sigma * random.normal() * (scale ? scale[i]! : 1));
    const up = await surface.loss(w.map((weight, i) => weight + noise[i]!));
    const down = await surface.loss(w.map((weight, i) => weight - noise[i]!));
    onStep?.(draw + 1);
    const rise = (up - loss + (down - loss)) / 2;
    if (!Number.isFinite(rise)) return null;
    rises.push(rise);
  }
  return meanOf(rises);
}
