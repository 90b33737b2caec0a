/** The loss over what a gradient moves: the running statistics of BatchNorm stay where they are, and are no parameters of it. */
import type { VisionModel } from '../models/model';
import type { LossSurface } from './lossSurface';
import { parameterPlaces, rangesOf } from './parameterLayers';
import { restrictSurface } from './restrictSurface';

export interface LearnedSurface {
  readonly surface: LossSurface;
  /** The point on it. */
  readonly w: Float32Array;
  /** A direction on it as one over all parameters and buffers of the model, 0 for buffers. */
  spread(direction: Float32Array): Float32Array;
}

/** `surface` and `weights` are over all of `model.parameters`; they are given back where the model has no buffers. */
export function learnedSurface(
  model: VisionModel,
  surface: LossSurface,
  weights: Float32Array,
): LearnedSurface {
  if (model.buffers.length === 0) return { surface, w: weights, spread: (direction) => direction };
  const learned = restrictSurface(surface, weights, rangesOf(parameterPlaces(model)));
  return { surface: learned, w: learned.pick(weights), spread: learned.spread };
}
