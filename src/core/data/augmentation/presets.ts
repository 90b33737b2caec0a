/** What the names of `augment` stand for. */
import {
  type Augmentation,
  type AugmentationDetails,
  type AugmentationPreset,
  augmentationDetails,
} from '../../../protocol/augmentation';

/** Policies that need no interpolation and no colours, and are made as they always were: see `augment.ts`. */
const plain = ['none', 'flip', 'flip-crop'] as const;
export type PlainAugmentation = (typeof plain)[number];

const presets: Readonly<
  Record<Exclude<AugmentationPreset, PlainAugmentation>, Partial<AugmentationDetails>>
> = {
  medical: { crop: 0.8, rotation: 10, horizontalFlip: 0.5, brightness: 0.1, contrast: 0.1 },
  microscopy: {
    ...{ crop: 0.8, quarterTurns: true, horizontalFlip: 0.5, verticalFlip: 0.5 },
    ...{ brightness: 0.2, contrast: 0.2, saturation: 0.1, hue: 0.02 },
  },
  randaugment: { horizontalFlip: 0.5, randOperations: 2, randMagnitude: 9 },
};

export function isPlain(augmentation: Augmentation): augmentation is PlainAugmentation {
  return plain.some((name) => name === augmentation);
}

/** Each change of a policy by itself. */
export function detailsOf(augmentation: Exclude<Augmentation, PlainAugmentation>): AugmentationDetails {
  return typeof augmentation === 'string' ? augmentationDetails.parse(presets[augmentation]) : augmentation;
}

/** Whether an image comes again the same: then what the frozen network makes of it can be kept. */
export function comesAgain(settings: {
  readonly augment: Augmentation;
  readonly mixup: number;
  readonly cutmix: number;
}): boolean {
  const { augment, mixup, cutmix } = settings;
  return (augment === 'none' || augment === 'flip') && mixup === 0 && cutmix === 0;
}
