/** What is done to each image of a batch: drawn once, before any pixel is touched. */
import type { AugmentationDetails } from '../../../protocol/augmentation';
import type { Random } from '../../random';
import type { ImageSize } from '../augment';
import { type AffineMap, composed, identity, rotated } from './affine';
import { drawRandAugment } from './randAugment';

/** One operation on the colours of a whole image; what `amount` is, the operation says. */
export interface ColourStep {
  readonly kind:
    | 'brightness'
    | 'contrast'
    | 'saturation'
    | 'hue'
    | 'sharpness'
    | 'posterize'
    | 'solarize'
    | 'autocontrast'
    | 'equalize';
  readonly amount: number;
}

export interface ImagePlan {
  /** From a pixel of the result to the place in the given image; undefined where every pixel stays. */
  readonly map: AffineMap | undefined;
  readonly colours: readonly ColourStep[];
}

/** Sides of a crop, width to height, relative to the image's own: as in torchvision's RandomResizedCrop. */
const cropRatios = [3 / 4, 4 / 3] as const;
/** Draws of a crop that lies within the image, as in torchvision. */
const cropAttempts = 10;

/** The plan of one image of `size`, in the order that `augmentationDetails` says. */
export function drawPlan(details: AugmentationDetails, size: ImageSize, random: Random): ImagePlan {
  const { height, width } = size;
  const either = (most: number): number => most * (2 * random.next() - 1);
  const maps: AffineMap[] = [];
  if (details.crop < 1) maps.push(drawCrop(details.crop, size, random));
  if (details.shift > 0) {
    maps.push([1, 0, either(details.shift * width), 0, 1, either(details.shift * height)]);
  }
  if (details.rotation > 0) maps.push(rotated(either(details.rotation)));
  if (details.quarterTurns) {
    // An image that is not square would leave its frame by one quarter turn: two are what it can do.
    const turns = height === width ? random.integer(4) : 2 * random.integer(2);
    maps.push(rotated(90 * turns));
  }
  if (random.next() < details.horizontalFlip) maps.push([-1, 0, 0, 0, 1, 0]);
  if (random.next() < details.verticalFlip) maps.push([1, 0, 0, 0, -1, 0]);
  const drawn = drawRandAugment(details.randOperations, details.randMagnitude, size, random);
  maps.push(...drawn.maps);
  const colours = [...drawn.colours];
  for (const kind of ['brightness', 'contrast', 'saturation'] as const) {
    if (details[kind] > 0) colours.push({ kind, amount: 1 + either(details[kind]) });
  }
  if (details.hue > 0) colours.push({ kind: 'hue', amount: either(details.hue) });
  const map = maps.reduce(composed, identity);
  return { map: map.every((value, i) => value === identity[i]) ? undefined : map, colours };
}

/** A part of at least `least` of the area, its sides drawn log-uniformly, enlarged to the whole; else the whole. */
function drawCrop(least: number, { height, width }: ImageSize, random: Random): AffineMap {
  const [low, high] = cropRatios.map(Math.log) as [number, number];
  for (let attempt = 0; attempt < cropAttempts; attempt++) {
    const area = least + (1 - least) * random.next();
    const ratio = Math.exp(low + (high - low) * random.next());
    const [x, y] = [Math.sqrt(area * ratio), Math.sqrt(area / ratio)];
    if (x > 1 || y > 1) continue;
    const left = (1 - x) * (random.next() - 0.5) * width;
    const top = (1 - y) * (random.next() - 0.5) * height;
    return [x, 0, left, 0, y, top];
  }
  return identity;
}
