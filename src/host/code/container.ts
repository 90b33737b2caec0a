/** Containers with a bound: text of a few lines can describe lists of lists that no memory holds. */
import type { Built, Member } from './outline';

/** Members of a container, with those of the containers in it. */
const mostHeld = 500;

const sizes = new WeakMap<readonly Member[], number>();

/** What holds these elements; of too many the first. */
export function holding(elements: readonly Member[], classes: readonly string[] = []): Built {
  const { whole, size } = measured(elements);
  sizes.set(whole, size);
  return { classes, elements: whole };
}

function measured(elements: readonly Member[]): { whole: readonly Member[]; size: number } {
  let size = 0;
  for (const [i, { value }] of elements.entries()) {
    const more = 1 + (value.elements ? (sizes.get(value.elements) ?? mostHeld) : 0);
    if (size + more > mostHeld) return { whole: elements.slice(0, i), size };
    size += more;
  }
  return { whole: elements, size };
}
