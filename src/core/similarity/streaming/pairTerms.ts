/** Linear CKA, biased and debiased, of all pairs of layers from what the streaming forms have summed up. */
import { cancelled, nothingLeft, whyTooFew } from '../cka';
import { type Similarity, undefinedBecause } from '../features';
import { type HsicTerms, unbiased } from '../hsic';

/** table[i][j]: layer i of A against layer j of B. */
export type SimilarityTable = readonly (readonly Similarity[])[];

export type LinearCkaId = 'cka' | 'cka-debiased';

/** Terms of every pair and of every layer with itself, or why a layer has none. */
export interface LayerTerms {
  cross(i: number, j: number): HsicTerms;
  readonly selfA: readonly (HsicTerms | string)[];
  readonly selfB: readonly (HsicTerms | string)[];
  /** Relative error of the terms. */
  readonly precision: number;
}

/** Part of a biased product below which nothing but rounding is left after U-centring. */
export function relativeFloor(precision: number): number {
  return Math.max(cancelled, 10 * precision);
}

export function ckaTable(id: LinearCkaId, { cross, selfA, selfB, precision }: LayerTerms): SimilarityTable {
  const numerator = (terms: HsicTerms) => (id === 'cka' ? terms.product : unbiased(terms));
  const floor = (terms: HsicTerms) => (id === 'cka' ? 0 : relativeFloor(precision) * terms.product);
  return selfA.map((a, i) =>
    selfB.map((b, j) => {
      if (typeof a === 'string') return undefinedBecause(a);
      if (typeof b === 'string') return undefinedBecause(b);
      const few = id === 'cka' ? undefined : whyTooFew(a.n);
      if (few !== undefined) return undefinedBecause(few);
      const [own, other] = [numerator(a), numerator(b)];
      if (!(own > floor(a) && other > floor(b))) return undefinedBecause(nothingLeft);
      const value = numerator(cross(i, j)) / Math.sqrt(own) / Math.sqrt(other);
      return { value: Math.max(id === 'cka' ? 0 : -1, Math.min(1, value)) };
    }),
  );
}
