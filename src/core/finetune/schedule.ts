/** The learning rate over a run: a linear warm-up, then half a cosine down to 0. */
import type { VisionModel } from '../models/model';

export interface Schedule {
  readonly peak: number;
  readonly steps: number;
  /** Part of the steps, 0..1, in which the rate rises; 0 starts at the peak. */
  readonly warmup: number;
}

/**
 * Learning rate of step `step` (0-based) of `steps`. In a warm-up of w steps it is peak (step + 1) / w, so that no step is
 * wasted at rate 0; after it peak (1 + cos(pi p)) / 2 with p from 0 at the first step to 1 past the last one
 * (Loshchilov and Hutter, 2017, one cycle).
 */
export function learningRate({ peak, steps, warmup }: Schedule, step: number): number {
  const rising = Math.floor(warmup * steps);
  if (step < rising) return (peak * (step + 1)) / rising;
  const progress = (step - rising) / Math.max(1, steps - rising);
  return (peak * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2;
}

/** What the width of a network with batch norms counts as at most. */
const widestNormalised = 512;

/**
 * Peak rate of AdamW where none is given: 2e-3 for a network 96 wide (found by a sweep on the bundled sample), falling with the
 * width to the power 1.5, which gives 9e-5 at 768, within what is known to work for ViT-B (1e-5 to 5e-4). Behind a batch norm the
 * scale of a filter does not matter, and the 2048 channels that ResNet-50 ends with are no wider layers than the 512 of ResNet-18:
 * both get 1.6e-4, of the 1e-4 to 1e-3 that such networks are finetuned with by Adam.
 */
export function defaultLearningRate({ width, buffers }: Pick<VisionModel, 'width' | 'buffers'>): number {
  const counted = buffers.length > 0 ? Math.min(width, widestNormalised) : width;
  return Math.min(2e-3, 2e-3 * (96 / counted) ** 1.5);
}
