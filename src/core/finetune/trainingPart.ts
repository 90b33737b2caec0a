/** The images that a run trains on: its training split, or some of every class. */
import type { FinetuneSettings } from '../../protocol/settings';
import { classMembers } from '../data/classMembers';
import type { Dataset, Split } from '../data/dataset';
import { drawPerClass, partOfSplit } from '../data/fewShot';

export interface TrainingPart {
  readonly split: Split;
  /** Fewest images of a class that was to have `perClass` and has fewer; absent where all have as many. */
  readonly scarce?: { readonly name: string; readonly count: number };
}

export function trainingPart(
  split: Split,
  { task, classes }: Pick<Dataset, 'task' | 'classes'>,
  { perClass, seed }: Pick<FinetuneSettings, 'perClass' | 'seed'>,
): TrainingPart {
  if (perClass === undefined) return { split };
  const groups = classMembers(split.labels, task, classes.length);
  const part = partOfSplit(split, drawPerClass(groups, perClass, seed));
  const counts = classes.map((name, c) => ({ name, count: groups[c]!.length }));
  const scarce = counts.reduce((least, one) => (one.count < least.count ? one : least));
  return scarce.count < perClass ? { split: part, scarce } : { split: part };
}
