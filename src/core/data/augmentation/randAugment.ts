/**
 * RandAugment (Cubuk et al., 2020): operations drawn from 14, all with one strength. Their set and their strengths are those of
 * torchvision; but all that moves pixels happens before all that changes colours, in one map, about the centre and mirrored at the edges.
 */
import type { Random } from '../../random';
import type { ImageSize } from '../augment';
import { type AffineMap, rotated } from './affine';
import type { ColourStep } from './plan';

export interface DrawnOperations {
  readonly maps: readonly AffineMap[];
  readonly colours: readonly ColourStep[];
}

/** Strength at which every operation does the most that it can. */
const strongest = 30;

/** Part of the image's side by which the strongest shift moves it. */
const largestShift = 150 / 331;

type Operation = (
  strength: number,
  signed: number,
  size: ImageSize,
) => { readonly map: AffineMap } | ColourStep | undefined;

/** `strength`: 0 to 1. `signed`: the same with a random sign. */
const operations: readonly Operation[] = [
  () => undefined,
  (_, x) => ({ map: [1, 0.3 * x, 0, 0, 1, 0] }),
  (_, x) => ({ map: [1, 0, 0, 0.3 * x, 1, 0] }),
  (_, x, { width }) => ({ map: [1, 0, largestShift * width * x, 0, 1, 0] }),
  (_, x, { height }) => ({ map: [1, 0, 0, 0, 1, largestShift * height * x] }),
  (_, x) => ({ map: rotated(30 * x) }),
  (_, x) => ({ kind: 'brightness', amount: 1 + 0.9 * x }),
  (_, x) => ({ kind: 'saturation', amount: 1 + 0.9 * x }),
  (_, x) => ({ kind: 'contrast', amount: 1 + 0.9 * x }),
  (_, x) => ({ kind: 'sharpness', amount: 1 + 0.9 * x }),
  (strength) => ({ kind: 'posterize', amount: 8 - Math.round(4 * strength) }),
  (strength) => ({ kind: 'solarize', amount: 255 * (1 - strength) }),
  () => ({ kind: 'autocontrast', amount: 0 }),
  () => ({ kind: 'equalize', amount: 0 }),
];

/** `magnitude`: 0 to 30. */
export function drawRandAugment(
  count: number,
  magnitude: number,
  size: ImageSize,
  random: Random,
): DrawnOperations {
  const maps: AffineMap[] = [];
  const colours: ColourStep[] = [];
  const strength = magnitude / strongest;
  for (let i = 0; i < count; i++) {
    const operation = operations[random.integer(operations.length)]!;
    const drawn = operation(strength, random.next() < 0.5 ? -strength : strength, size);
    if (drawn === undefined) continue;
    if ('map' in drawn) maps.push(drawn.map);
    else colours.push(drawn);
  }
  return { maps, colours };
}
