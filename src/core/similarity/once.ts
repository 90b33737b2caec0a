/** What one side alone has to be computed for, done once where that side is compared with several others. */
import type { Features } from './features';

/** The value of `compute`, or the one that an earlier call with the same features and `what` gave. */
export type Once = <T>(side: Features, what: string, compute: () => T) => T;

export const everyTime: Once = (_side, _what, compute) => compute();

/** Remembers for the features it is given, until they are forgotten; they must not change meanwhile. */
export class Remembered {
  private readonly kept = new Map<Features, Map<string, unknown>>();

  readonly once: Once = <T>(side: Features, what: string, compute: () => T): T => {
    const ofSide = this.kept.get(side) ?? new Map<string, unknown>();
    this.kept.set(side, ofSide);
    // Only `compute` of the same `what` has written there.
    if (!ofSide.has(what)) ofSide.set(what, compute());
    return ofSide.get(what) as T;
  };

  forget(side: Features): void {
    this.kept.delete(side);
  }
}
