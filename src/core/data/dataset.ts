/** What a data set is to the rest of the program: labelled splits of images that are decoded when they are asked for. */
import type { Task } from '../../protocol/tasks';
import { UserError } from '../errors';

export interface Split {
  readonly count: number;
  /**
   * In split order, `[count]`: the class index of every image. Of a `multi-label` data set `[count, classes]`, a row an image: 1 where
   * the image has the label, 0 where it has not.
   */
  readonly labels: Int32Array;
  /**
   * Resized and cropped pixels of the images at `indices`: `[indices.length, 3, height, width]`, 0..255.
   * Broken images never appear: they were left out, and counted, when the data set was opened.
   */
  pixels(indices: ArrayLike<number>, signal?: AbortSignal): Promise<Uint8Array>;
}

export const splitNames = ['train', 'val', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

export interface Dataset {
  readonly path: string;
  readonly task: Task;
  /** In index order; of a `multi-label` data set the labels. */
  readonly classes: readonly string[];
  /** Splits that the data has; which of them a job needs, the job checks with `requireSplit`. */
  readonly splits: Readonly<Partial<Record<SplitName, Split>>>;
  /** Hash over the bytes, labels and splits: the same data gives the same fingerprint. */
  readonly fingerprint: string;
  /** Broken images that were left out: path and reason. */
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  /** Stops worker threads, removes temporary files. */
  dispose(): Promise<void>;
}

/** The split `name`. Throws UserError that lists what there is instead. */
export function requireSplit(dataset: Pick<Dataset, 'path' | 'splits'>, name: SplitName): Split {
  const split = dataset.splits[name];
  if (split) return split;
  const present = splitNames.filter((other) => dataset.splits[other]).join(', ');
  throw new UserError(
    `${dataset.path} has no "${name}" split (it has: ${present || 'none'}): add the arrays ${name}_images and ${name}_labels, a folder ${name}, or, where the splits are drawn, more images.`,
  );
}
