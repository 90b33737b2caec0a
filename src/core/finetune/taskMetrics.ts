/** The figures of a task from logits and labels. */
import type { Task } from '../../protocol/tasks';
import { type ClassificationMetrics, classificationMetrics } from './metrics';
import { multiLabelMetrics } from './multiLabelMetrics';

/**
 * Those of `multiLabelMetrics` for several labels an image, else those of `classificationMetrics`: MedMNIST takes ordinal levels
 * for classes too. `labels` as in `Split`.
 */
export function taskMetrics(
  task: Task,
  logits: Float32Array | Float64Array,
  labels: ArrayLike<number>,
  classes: number,
): ClassificationMetrics {
  return task === 'multi-label'
    ? multiLabelMetrics(logits, labels, classes)
    : classificationMetrics(logits, labels, classes);
}
