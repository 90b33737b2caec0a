/** A similarity measure: what it says of itself, which the command line, the protocol and the panels all read, and what it does. */
import type { MeasureDescription } from '../../protocol/compare';
import type { Features, Similarity } from './features';
import type { Once } from './once';

export interface CompareOptions {
  /** For measures that draw at random. */
  readonly seed: number;
  /** Where one side is compared with several others. Default: everything is computed every time. */
  readonly once?: Once | undefined;
}

export interface Measure extends MeasureDescription {
  /** Rows of both are the same n samples; throws a UserError if their numbers differ. */
  compare(x: Features, y: Features, options: CompareOptions): Similarity;
}
