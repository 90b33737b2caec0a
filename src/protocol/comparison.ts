/** What a finetuning changed against another one from the same start: the figures that the demo and the report show. */
import type { FinetuneResult, SharpnessFigures } from './runs';

export interface Change {
  /** Final-layer CKA to the pretrained model, relative: 0.3 is 30 % more. */
  readonly similarity: number | null;
  /** Held-out SAM worst case, relative: -0.42 is 42 % less. */
  readonly sharpness: number | null;
  /** Balanced accuracy on the test images, absolute. */
  readonly accuracy: number | null;
}

/** Figures at losses further apart than this are not comparable: curvature shrinks with the loss. */
const comparableLossRatio = 2;

/** Below this held-out loss a relative change of the sharpness is a change of next to nothing. */
const smallestLoss = 0.01;

export function changeBetween(base: FinetuneResult, other: FinetuneResult): Change {
  const [before, after] = [base.sharpness.heldOut, other.sharpness.heldOut];
  const nearZero = [before, after].some(({ loss }) => loss !== null && loss < smallestLoss);
  return {
    similarity: relative(base.similarity.final, other.similarity.final),
    sharpness: nearZero ? null : relative(before.samWorstCase, after.samWorstCase),
    accuracy: difference(base.test.balancedAccuracy, other.test.balancedAccuracy),
  };
}

/** One sentence for each sharpness that must not be compared between the two, because their losses differ too much. */
export function lossWarnings(base: FinetuneResult, other: FinetuneResult): string[] {
  return [
    ...lossWarning('held-out', base.sharpness.heldOut, other.sharpness.heldOut),
    ...lossWarning('training', base.sharpness.train, other.sharpness.train),
  ];
}

function lossWarning(images: string, base: SharpnessFigures, other: SharpnessFigures): string[] {
  if (base.loss === null || other.loss === null) return [];
  const [low, high] = [Math.min(base.loss, other.loss), Math.max(base.loss, other.loss)];
  if (high <= comparableLossRatio * low) return [];
  return [
    `On ${images} images the two losses are ${low.toPrecision(2)} and ${high.toPrecision(2)}, more than a factor of ${comparableLossRatio} apart: sharpness shrinks with the loss, so the two sharpness figures there do not compare the models.`,
  ];
}

function relative(before: number | null, after: number | null): number | null {
  if (before === null || after === null || Math.abs(before) < 1e-12) return null;
  // Debiased CKA may be slightly negative; the sign of the change stays that of the difference.
  return (after - before) / Math.abs(before);
}

function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}
