/** Which images are of which class: what sampling by class, few-shot training and class weights start from. */
import type { Task } from '../../protocol/tasks';
import { labelsPerImage } from './task';

/**
 * The images of every class, ascending; `labels` as in `Split`. Of a `multi-label` task those that have each label, an image in as many
 * groups as it has labels, and in one more group, the last, those that have none.
 */
export function classMembers(labels: Int32Array, task: Task, classes: number): number[][] {
  const perImage = labelsPerImage(task, classes);
  const groups: number[][] = Array.from({ length: perImage > 1 ? classes + 1 : classes }, () => []);
  for (let image = 0; image * perImage < labels.length; image++) {
    if (perImage === 1) {
      groups[labels[image]!]!.push(image);
      continue;
    }
    const row = labels.subarray(image * perImage, (image + 1) * perImage);
    row.forEach((present, label) => {
      if (present === 1) groups[label]!.push(image);
    });
    if (!row.includes(1)) groups[classes]!.push(image);
  }
  return groups;
}
