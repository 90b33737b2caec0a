/** Labels as the numbers that a loss compares logits with, and what rare classes weigh. */
import type { Task } from '../../protocol/tasks';
import { classMembers } from '../data/classMembers';
import { labelsPerImage } from '../data/task';

/**
 * Targets of the images at `indices`, `[indices.length, classes]`, smoothed by s (Szegedy et al., 2016): of one class an image
 * (1 - s) one-hot + s / classes; of several labels, each a choice between two, (1 - s) label + s / 2. `labels` as in `Split`.
 */
export function targetRows(
  labels: Int32Array,
  indices: ArrayLike<number>,
  task: Task,
  classes: number,
  smoothing: number,
): Float32Array {
  const several = labelsPerImage(task, classes) > 1;
  const targets = new Float32Array(indices.length * classes).fill(smoothing / (several ? 2 : classes));
  for (let i = 0; i < indices.length; i++) {
    if (several) {
      const from = indices[i]! * classes;
      for (let c = 0; c < classes; c++) targets[i * classes + c]! += (1 - smoothing) * labels[from + c]!;
    } else {
      targets[i * classes + labels[indices[i]!]!]! += 1 - smoothing;
    }
  }
  return targets;
}

/**
 * What a class weighs so that all classes weigh alike, `[classes]`: n / (classes * images of the class); of several labels, of a
 * present one against an absent one, absent / present. 1 for a class that no image is of.
 */
export function balancedWeights(labels: Int32Array, task: Task, classes: number): Float32Array {
  const n = labels.length / labelsPerImage(task, classes);
  const counts = classMembers(labels, task, classes).map((members) => members.length);
  return Float32Array.from({ length: classes }, (_, c) => {
    const count = counts[c]!;
    if (count === 0) return 1;
    return task === 'multi-label' ? (n - count) / count : n / (classes * count);
  });
}

/** Weights of images whose mean is 1, so that a batch is a weighted mean: `[n]`. */
export function withMeanOne(weights: Float32Array): Float32Array {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
