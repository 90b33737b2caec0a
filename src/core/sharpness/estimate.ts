/** A mean over independent draws, with how far it may be off. */
export interface Estimate {
  readonly value: number;
  /** Deviation of the mean: sample deviation / sqrt(draws); null for a single draw. */
  readonly standardError: number | null;
  readonly draws: number;
}

/** Throws a RangeError if there is nothing to take the mean of. */
export function meanOf(draws: readonly number[]): Estimate {
  const n = draws.length;
  if (n === 0) throw new RangeError('a mean needs at least one draw');
  const value = draws.reduce((sum, draw) => sum + draw, 0) / n;
  if (n === 1) return { value, standardError: null, draws: n };
  const variance = draws.reduce((sum, draw) => sum + (draw - value) ** 2, 0) / (n - 1);
  return { value, standardError: Math.sqrt(variance / n), draws: n };
}
