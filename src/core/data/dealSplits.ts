/** Deals images to the splits that the data does not make itself: seeded, by class, groups kept together. */
import { UserError } from '../errors';
import { createRandom } from '../random';
import type { SplitName } from './dataset';
import type { ImageFile, ListedImages } from './imageFiles';
import { stratify } from './stratify';

/** Keeps these draws apart from other draws of the same seed. */
const purpose = 4;

/**
 * Records of every split, ascending, a record being a place in the list of all files, those of the first split first. Without
 * splits of the data, or with train only, 70 % train, 10 % val, 20 % test; where one is missing, val is 10 % of train, or test 20 %. Of several labels
 * an image every combination of them is a class of its own. `broken` records are left out. Throws UserError when the data's own
 * splits share a group that was asked for (`grouped`).
 */
export function dealSplits(
  { files }: Pick<ListedImages, 'files'>,
  broken: ReadonlyMap<number, string>,
  seed: number,
  grouped?: string,
): Partial<Record<SplitName, readonly number[]>> {
  const records: Partial<Record<SplitName | 'all', number[]>> = {};
  const images: ImageFile[] = [];
  for (const [name, part] of Object.entries(files)) {
    const of: number[] = [];
    for (const image of part) {
      if (!broken.has(images.length)) of.push(images.length);
      images.push(image);
    }
    records[name as SplitName | 'all'] = of;
  }
  if (grouped !== undefined) checkApart(records, images, grouped);
  const deal = (of: readonly number[], proportions: readonly number[]) => {
    const labels = of.map((record) => images[record]!.label);
    const groups = of.map((record) => images[record]!.group);
    const parts = groups.some((group) => group !== undefined)
      ? dealGroups(labels, groups, proportions, seed)
      : stratify(labels, proportions, seed);
    return parts.map((part) => part.map((i) => of[i]!));
  };
  const { all, train = all, val, test } = records;
  const made = { ...(val && { val }), ...(test && { test }) };
  if (!train) return made;
  if (val && test) return { train, ...made };
  if (test) {
    const [ofTrain, ofVal] = deal(train, [0.9, 0.1]);
    return { ...withoutEmpty({ train: ofTrain!, val: ofVal! }), ...made };
  }
  if (val) {
    const [ofTrain, ofTest] = deal(train, [0.8, 0.2]);
    return { ...withoutEmpty({ train: ofTrain!, test: ofTest! }), ...made };
  }
  const [ofTrain, ofTest, ofVal] = deal(train, [0.7, 0.2, 0.1]);
  return withoutEmpty({ train: ofTrain!, val: ofVal!, test: ofTest! });
}

/** Too few images for a drawn split: the data does not have it. */
function withoutEmpty(records: Partial<Record<SplitName, readonly number[]>>): typeof records {
  return Object.fromEntries(Object.entries(records).filter(([, of]) => of.length > 0));
}

/**
 * As `stratify`, but images of one group (an image without one is its own) go to one part. The groups come largest first, those of one
 * size in random order, and each goes to the part that it brings closest to what it should have: where
 * `sum over classes of (there - wanted)^2 / wanted` rises least; among equals to the one that lacks most. A part that gets none so is
 * given the smallest one that another part can spare, which keeps images of the same classes: of the part that has most too many.
 */
export function dealGroups(
  labels: readonly number[],
  groups: readonly (string | undefined)[],
  proportions: readonly number[],
  seed: number,
): number[][] {
  const totals = new Map<number, number>();
  for (const label of labels) totals.set(label, (totals.get(label) ?? 0) + 1);
  const members = new Map<string | number, number[]>();
  for (const [i, group] of groups.entries()) {
    const of = members.get(group ?? i);
    if (of) of.push(i);
    else members.set(group ?? i, [i]);
  }
  const list = [...members.values()];
  const order = [...createRandom(seed, purpose).permutation(list.length)].sort(
    (a, b) => list[b]!.length - list[a]!.length,
  );
  const parts = proportions.map((proportion) => ({
    proportion,
    counts: new Map<number, number>(),
    groups: [] as { readonly members: readonly number[]; readonly counts: ReadonlyMap<number, number> }[],
    size: 0,
  }));
  type Part = (typeof parts)[number];
  const lacking = ({ proportion, size }: Part) => proportion * labels.length - size;
  for (const index of order) {
    const group = list[index]!;
    const counts = new Map<number, number>();
    for (const i of group) counts.set(labels[i]!, (counts.get(labels[i]!) ?? 0) + 1);
    let best = parts[0]!;
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const part of parts) {
      let cost = 0;
      for (const [label, count] of counts) {
        const wanted = part.proportion * totals.get(label)!;
        const over = (part.counts.get(label) ?? 0) - wanted;
        cost += (count * (count + 2 * over)) / wanted;
      }
      if (cost < least - 1e-9 || (cost < least + 1e-9 && lacking(part) > most))
        [best, least, most] = [part, cost, lacking(part)];
    }
    best.groups.push({ members: group, counts });
    best.size += group.length;
    for (const [label, count] of counts) best.counts.set(label, (best.counts.get(label) ?? 0) + count);
  }
  for (const empty of parts) {
    if (empty.groups.length > 0) continue;
    for (const giver of [...parts].sort((a, b) => lacking(a) - lacking(b))) {
      const at = giver.groups.findLastIndex(({ counts }) =>
        [...counts].every(([label, count]) => giver.counts.get(label)! > count),
      );
      if (at < 0) continue;
      const [given] = giver.groups.splice(at, 1);
      empty.groups.push(given!);
      giver.size -= given!.members.length;
      for (const [label, count] of given!.counts) giver.counts.set(label, giver.counts.get(label)! - count);
      break;
    }
  }
  return parts.map((part) => part.groups.flatMap(({ members: of }) => of).sort((a, b) => a - b));
}

/** The data's own splits must keep apart what the person wants kept apart. */
function checkApart(
  records: Partial<Record<SplitName | 'all', readonly number[]>>,
  images: readonly ImageFile[],
  grouped: string,
): void {
  const seen = new Map<string, string>();
  for (const [split, of] of Object.entries(records)) {
    for (const record of of) {
      const { group, path } = images[record]!;
      if (group === undefined) continue;
      const other = seen.get(group) ?? split;
      if (other !== split)
        throw new UserError(
          `"${group}" (${grouped}) is in the "${other}" and in the "${split}" split of the data, there with ${path}: correct the splits, or leave out "groupBy".`,
        );
      seen.set(group, split);
    }
  }
}
