/** The loss as a function of some of the parameters, the others held where they are. */
import type { LossSurface } from './lossSurface';

/** Parameters `from` up to, not including, `to`, of all in one vector. */
export interface ParameterRange {
  readonly from: number;
  readonly to: number;
}

export interface RestrictedSurface extends LossSurface {
  /** The part of a vector over all parameters that the restriction sees. */
  pick(full: Float32Array): Float32Array;
  /** The direction over all parameters that is `part` where the restriction sees it, and 0 elsewhere. */
  spread(part: Float32Array): Float32Array;
}

/** Ascending ranges that do not overlap, around the point `w` `[size]`, which is copied. Throws a RangeError where they do. */
export function restrictSurface(
  surface: LossSurface,
  w: Float32Array,
  ranges: readonly ParameterRange[],
): RestrictedSurface {
  let end = 0;
  for (const { from, to } of ranges) {
    if (!(from >= end && to > from && to <= surface.size)) {
      throw new RangeError(`parameters ${from} to ${to} are no ascending part of ${surface.size}`);
    }
    end = to;
  }
  const size = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const base = w.slice();
  const pick = (full: Float32Array): Float32Array => {
    const part = new Float32Array(size);
    let at = 0;
    for (const { from, to } of ranges) {
      part.set(full.subarray(from, to), at);
      at += to - from;
    }
    return part;
  };
  const embed = (part: Float32Array, into: Float32Array): Float32Array => {
    if (part.length !== size) throw new RangeError(`${part.length} numbers for ${size} parameters`);
    let at = 0;
    for (const { from, to } of ranges) {
      into.set(part.subarray(at, at + to - from), from);
      at += to - from;
    }
    return into;
  };
  return {
    size,
    n: surface.n,
    pick,
    spread: (part) => embed(part, new Float32Array(surface.size)),
    loss: (part) => surface.loss(embed(part, base.slice())),
    async lossAndGradient(part) {
      const { loss, gradient } = await surface.lossAndGradient(embed(part, base.slice()));
      return { loss, gradient: pick(gradient) };
    },
    async hessianVector(part, v) {
      const direction = embed(v, new Float32Array(surface.size));
      return pick(await surface.hessianVector(embed(part, base.slice()), direction));
    },
  };
}
