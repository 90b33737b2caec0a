/** What a similarity measure says of itself. The command line, the protocol and the panels all read this. */
import type { Features, Similarity } from './features';

/** Changes of one side that leave the value as it is. All are tested, both ways. */
export interface Invariances {
  /** Rotations and reflections of feature space. */
  readonly orthogonal: boolean;
  /** One positive factor for all features. */
  readonly scaling: boolean;
  /** Another order of the features. */
  readonly permutation: boolean;
  /** One vector added to every sample. */
  readonly translation: boolean;
  /** Any invertible linear map of feature space. */
  readonly linear: boolean;
}

export interface CompareOptions {
  /** For measures that draw at random. */
  readonly seed: number;
}

export interface Measure {
  readonly id: string;
  readonly name: string;
  /** One line for people. */
  readonly explanation: string;
  readonly formula: string;
  readonly source: string;
  readonly larger: 'more similar' | 'less similar';
  /** Smallest and largest value; null where there is no bound. */
  readonly range: readonly [lowest: number | null, highest: number | null];
  readonly symmetric: boolean;
  /** Whether it is a distance with a triangle inequality (between classes of representations it cannot tell apart). */
  readonly metric: boolean;
  readonly invariant: Invariances;
  /** What it compares: representations `[n, d]`, or logits `[n, classes]` with the same classes. */
  readonly on: 'features' | 'logits';
  /** Whether it needs all pairs of samples at once: memory n^2. */
  readonly pairwise: boolean;
  /** Rows of both are the same n samples; throws a UserError if their numbers differ. */
  compare(x: Features, y: Features, options: CompareOptions): Similarity;
}
