/** How most measures go: each side is prepared by itself, then the two are compared. */
import { checkPaired, type Features, type Similarity, undefinedBecause } from './features';
import { everyTime, type Once } from './once';

/**
 * `prepare` makes of one side what the comparison needs of it, or says why it cannot be compared; `once` remembers that under the name
 * `what`. Throws a UserError unless both have the same samples.
 */
export function compareSides<Side>(
  x: Features,
  y: Features,
  [what, prepare]: readonly [what: string, prepare: (side: Features) => Side | string],
  compare: (a: Side, b: Side) => Similarity,
  once: Once = everyTime,
): Similarity {
  checkPaired(x, y);
  const a = once(x, what, () => prepare(x));
  if (typeof a === 'string') return undefinedBecause(a);
  const b = once(y, what, () => prepare(y));
  if (typeof b === 'string') return undefinedBecause(b);
  return compare(a, b);
}
