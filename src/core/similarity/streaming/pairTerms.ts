/** Linear CKA, biased and debiased, of all pairs of layers from what the streaming forms have summed up. */
import { nothingLeft } from '../cka';
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

export function ckaTable(id: LinearCkaId, { cross, selfA, selfB, precision }: LayerTerms): SimilarityTable {
  const numerator = (terms: HsicTerms) => (id === 'cka' ? terms.product : unbiased(terms));
  // Below this nothing but rounding is left after U-centring.
  const floor = (terms: HsicTerms) => (id === 'cka' ? 0 : Math.max(1e-10, 10 * precision) * terms.product);
  return selfA.map((a, i) =>
    selfB.map((b, j) => {
      if (typeof a === 'string') return undefinedBecause(a);
      if (typeof b === 'string') return undefinedBecause(b);
      const [own, other] = [numerator(a), numerator(b)];
      if (!(own > floor(a) && other > floor(b))) return undefinedBecause(nothingLeft);
      const value = numerator(cross(i, j)) / Math.sqrt(own) / Math.sqrt(other);
      return { value: Math.max(id === 'cka' ? 0 : -1, Math.min(1, value)) };
    }),
  );
}
