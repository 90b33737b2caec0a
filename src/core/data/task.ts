/** Which task a data set is, and what its labels are for it. */
import path from 'node:path';
import type { Task } from '../../protocol/tasks';
import { UserError } from '../errors';

/** What is known of a data set when it is opened. */
export interface TaskEvidence {
  /** Where the data are: MedMNIST's ordinal set is known by its name. */
  readonly place: string;
  readonly classes: number;
  /** Whether the labels are a row of 0 and 1 an image. */
  readonly multiLabel: boolean;
  /** What the person says it is. */
  readonly asked?: Task | undefined;
}

/** Names of the ordinal sets of MedMNIST, which their arrays do not tell. */
const ordinal = /^retinamnist(_\d+)?\.npz$/i;

/**
 * The task that was asked for, or else what the labels are: rows of 0 and 1 `multi-label`, RetinaMNIST by its file name
 * `ordinal-regression`, two classes `binary-class`, more `multi-class`. Throws UserError where the labels cannot be what was asked.
 */
export function resolveTask({ place, classes, multiLabel, asked }: TaskEvidence): Task {
  if (asked === undefined) {
    if (multiLabel) return 'multi-label';
    if (ordinal.test(path.basename(place))) return 'ordinal-regression';
    return classes === 2 ? 'binary-class' : 'multi-class';
  }
  if (multiLabel !== (asked === 'multi-label')) {
    const labels = multiLabel ? 'several labels an image' : 'one class an image';
    throw new UserError(
      `The setting "task" is ${asked}, but ${place} has ${labels}: leave the setting out, or correct the labels.`,
    );
  }
  if (asked === 'binary-class' && classes !== 2) {
    throw new UserError(
      `The setting "task" is binary-class, but ${place} has ${classes} classes: use multi-class or ordinal-regression.`,
    );
  }
  return asked;
}

/** Numbers that `Split.labels` holds for every image. */
export function labelsPerImage(task: Task, classes: number): number {
  return task === 'multi-label' ? classes : 1;
}
