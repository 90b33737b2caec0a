/** What an inspection is made from, however the data is kept. */
import type { Task } from '../../../protocol/tasks';
import type { SplitName } from '../dataset';
import type { ImageAbout } from '../imageAbout';
import type { Preprocessing } from '../preprocessing';

export interface InspectedImage {
  readonly split: SplitName;
  /** File and slice, or array and number. */
  readonly place: string;
  /** Its class, or those of the labels that it has. */
  readonly classes: readonly number[];
  readonly about: Omit<ImageAbout, 'format'> & { readonly format: string };
}

export interface Inspected {
  readonly task: Task;
  readonly classes: readonly string[];
  /** Split by split, in split order. */
  readonly images: readonly InspectedImage[];
  /** Splits that the data does not make itself. */
  readonly drawn: readonly SplitName[];
  readonly groups: { readonly by: string | null; readonly count: number } | null;
  readonly skipped: readonly { readonly path: string; readonly reason: string }[];
  readonly ignored: number;
  readonly fingerprint: string;
  /** Image `index` of `images` after preprocessing, `[3, height, width]`. */
  load(index: number, preprocessing: Preprocessing): Promise<Uint8Array>;
  dispose(): Promise<void>;
}
