/** Seeded random numbers, the same on every machine: a run with the same seed draws the same. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
  /** Standard normal (Box and Muller, 1958). */
  normal(): number;
  /** The integers 0..n-1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array;
}

/**
 * sfc32 (Chris Doty-Humphrey, PractRand), seeded from the integers of `seed`: one generator a purpose, for example
 * `createRandom(run.seed, epoch)`, so that resuming needs no state.
 */
export function createRandom(...seed: readonly number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next32 = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (const part of seed) {
    a ^= part | 0;
    b ^= Math.floor(part / 2 ** 32) | 0;
    for (let i = 0; i < 16; i++) next32();
  }
  const next = (): number => (next32() >>> 5) * 2 ** -27 + (next32() >>> 6) * 2 ** -53;
  let spare: number | undefined;
  return {
    next,
    integer: (n) => Math.floor(next() * n),
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - next()));
      const angle = 2 * Math.PI * next();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    permutation(n) {
      const order = Int32Array.from({ length: n }, (_, i) => i);
      for (let i = n - 1; i > 0; i--) {
        const j = Math.floor(next() * (i + 1));
        const kept = order[i]!;
        order[i] = order[j]!;
        order[j] = kept;
      }
      return order;
    },
  };
}
