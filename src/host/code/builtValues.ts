/** What can be done with what an expression builds: joined, taken apart, and told without its place. */
import { holding } from './container';
import type { Built, Member } from './outline';

/** Classes that one expression may be of. */
const mostClasses = 50;

export const nothing: Built = { classes: [] };

/** A list of modules; one of numbers and the like is none. */
export function listOf(elements: readonly Member[]): Built {
  const known = elements.length === 0 || elements.some(({ value }) => value !== nothing);
  return known ? holding(elements) : nothing;
}

/** One of several, as after `if`. */
export function joined(values: readonly Built[]): Built {
  const classes = [...new Set(values.flatMap((value) => value.classes))].slice(0, mostClasses);
  const held = values.filter(({ elements }) => elements).map(({ elements }) => elements!);
  const elements = held.find(({ length }) => length > 0) ?? held[0];
  return elements ? holding(elements, classes) : { classes };
}

export function repeated(value: Built | undefined): Built {
  const elements = value?.elements?.map((element) => ({ ...element, repeated: true }));
  return elements ? holding(elements) : nothing;
}

/** What is made where it is called, and not where the text stands. */
export function withoutPlace({ elements, classes }: Built): Built {
  if (!elements) return classes.length > 0 ? { classes } : nothing;
  const items = elements.map((item) => ({ ...item, at: undefined, value: withoutPlace(item.value) }));
  return holding(items, classes);
}

/** What a loop over the value is given: any of its items, or a name and a module where they have names. */
export function itemsOf({ elements, classes }: Built): Built {
  if (!elements) return { classes };
  const named = elements.filter(({ name }) => name !== '');
  return named.length > 0 ? holding(named) : joined(elements.map(({ value }) => value));
}

/** The item at an index, from the end where it is below 0; of a name and a module the module is the second. */
export function itemAt({ elements, classes }: Built, index: number): Built {
  if (!elements) return { classes };
  if (elements.some(({ name }) => name !== '')) {
    return index === 0 ? nothing : joined(elements.map(({ value }) => value));
  }
  return elements.at(index)?.value ?? nothing;
}

/** With other classes in the place of some. */
export function withClasses(
  { classes, elements }: Built,
  others: ReadonlyMap<string, readonly string[]>,
): Built {
  const all = [...new Set(classes.flatMap((name) => others.get(name) ?? [name]))];
  if (!elements) return { classes: all };
  const items = elements.map((item) => ({ ...item, value: withClasses(item.value, others) }));
  return holding(items, all);
}

export function unplaced(value: Built): Member {
  return { name: '', at: undefined, repeated: false, value };
}
