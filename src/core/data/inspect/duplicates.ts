/** Images with the same pixels: within a split they count twice, across splits they leak, with other labels they contradict. */
import type { Inspection } from '../../../protocol/inspection';
import type { InspectedImage } from './inspected';

/** Sets that are told of, and images of each. */
const maxSets = 50;
const maxImages = 20;

/** `images` split by split, in split order. */
export function findDuplicates(images: readonly InspectedImage[]): Inspection['duplicates'] {
  const first = new Map<string, number>();
  const sets = new Map<number, InspectedImage[]>();
  for (const [i, image] of images.entries()) {
    const same = first.get(image.about.hash);
    if (same === undefined) {
      first.set(image.about.hash, i);
      continue;
    }
    const set = sets.get(same);
    if (set) set.push(image);
    else sets.set(same, [images[same]!, image]);
  }
  const found = { within: 0, across: 0, contradictory: 0 };
  const ranked: { set: InspectedImage[]; rank: number }[] = [];
  for (const set of sets.values()) {
    const splits = new Set(set.map(({ split }) => split));
    for (const split of splits) found.within += set.filter((image) => image.split === split).length - 1;
    found.across += set.filter(({ split }) => split !== set[0]!.split).length;
    const contradictory = new Set(set.map(({ classes }) => classes.join())).size > 1;
    if (contradictory) found.contradictory++;
    ranked.push({ set, rank: contradictory ? 0 : splits.size > 1 ? 1 : 2 });
  }
  ranked.sort((a, b) => a.rank - b.rank);
  return {
    ...found,
    first: ranked
      .slice(0, maxSets)
      .map(({ set }) =>
        set
          .slice(0, maxImages)
          .map(({ split, place, classes }) => ({ split, path: place, classes: [...classes] })),
      ),
  };
}
