/** What must hold of the labels of a data set before anything is trained on it. */
import type { Task } from '../../protocol/tasks';
import { UserError } from '../errors';
import { type SplitName, splitNames } from './dataset';

/**
 * Throws UserError, one sentence that says which and where, if there is only one class, if a split has no image, or if a
 * class has no image in the training split. Labels are as in `Split`; of several an image, one that no training image has is
 * none the worse for it: it is learned to be absent.
 */
export function checkLabels(
  path: string,
  classes: readonly string[],
  labels: Readonly<Partial<Record<SplitName, Int32Array>>>,
  task?: Task,
): void {
  if (classes.length < 2)
    throw new UserError(
      `${path} has ${classes.length === 1 ? `only one class ("${classes[0]}")` : 'no class'}: a classifier needs two or more.`,
    );
  for (const name of splitNames) {
    if (labels[name]?.length === 0)
      throw new UserError(`The "${name}" split of ${path} has no image: add images or remove the split.`);
  }
  if (!labels.train || task === 'multi-label') return;
  const counts = new Int32Array(classes.length);
  for (const label of labels.train) counts[label]!++;
  const missing = classes.filter((_, label) => counts[label] === 0);
  if (missing.length > 0)
    throw new UserError(
      `${inWords(missing)} of ${path} ${missing.length === 1 ? 'has' : 'have'} no image in the "train" split: add images or remove the class.`,
    );
}

function inWords(classes: readonly string[]): string {
  const first = classes.slice(0, 5).map((name) => `"${name}"`);
  const more = classes.length > first.length ? ` and ${classes.length - first.length} more` : '';
  return `${classes.length === 1 ? 'Class' : 'Classes'} ${first.join(', ')}${more}`;
}
