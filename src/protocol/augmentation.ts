/** How training images are changed each time they are seen: named policies, or each change by itself. */
import * as z from 'zod';
import { settingProblem } from './settingProblem';

export const augmentationPresets = [
  'none',
  'flip',
  'flip-crop',
  'medical',
  'microscopy',
  'randaugment',
] as const;
export type AugmentationPreset = (typeof augmentationPresets)[number];

const probability = z.number().min(0).max(1).default(0);

/**
 * Applied in the order in which they stand here. All that moves pixels is one map, so that an image is interpolated once
 * (bilinear, mirrored at its edges).
 */
export const augmentationDetails = z.strictObject({
  crop: z
    .number()
    .positive()
    .max(1)
    .default(1)
    .describe(
      'Smallest part of the area that is cut out and enlarged to the whole; sides 3:4 to 4:3 of the image. 1: no crop.',
    ),
  shift: z.number().min(0).max(0.5).default(0).describe('Largest shift each way, as a part of the side.'),
  rotation: z.number().min(0).max(180).default(0).describe('Largest turn either way, in degrees.'),
  quarterTurns: z.boolean().default(false).describe('Turn by 0, 90, 180 or 270 degrees (square images).'),
  horizontalFlip: probability.describe('Probability of mirroring left to right.'),
  verticalFlip: probability.describe('Probability of mirroring top to bottom.'),
  randOperations: z
    .number()
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe('Operations of RandAugment for each image, drawn from 14 with replacement.'),
  randMagnitude: z
    .number()
    .min(0)
    .max(30)
    .default(9)
    .describe('Strength of the operations of RandAugment, 0 to 30.'),
  brightness: probability.describe('Brightness is multiplied by 1 - x to 1 + x.'),
  contrast: probability.describe('Distance from the mean gray is multiplied by 1 - x to 1 + x.'),
  saturation: probability.describe('Distance from gray is multiplied by 1 - x to 1 + x.'),
  hue: z.number().min(0).max(0.5).default(0).describe('The hue is turned by up to x of the colour circle.'),
});
export type AugmentationDetails = z.output<typeof augmentationDetails>;

/** Of the two things that a value may be, what is wrong with the one that it looks like. */
function whatIsWrong({ input }: { readonly input?: unknown }): string {
  if (typeof input !== 'object') return `expected ${augmentationPresets.join(', ')}, or an object`;
  const issue = augmentationDetails.safeParse(input).error?.issues[0];
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  return `${where}${issue ? settingProblem(issue) : 'not a policy'}`;
}

export const augmentation = z
  .union([z.enum(augmentationPresets), augmentationDetails], { error: whatIsWrong })
  .default('none')
  .describe(
    'Changes of the training images, seen equally by the finetuned and the pretrained network. flip: left to right; flip-crop: and shifted by up to an eighth; medical: flips left to right, turns by up to 10 degrees, crops to 0.8 of the area, brightness and contrast by 0.1; microscopy: flips and quarter turns, crops to 0.8, brightness and contrast by 0.2, saturation 0.1, hue 0.02; randaugment: flips and two operations of strength 9. Or an object with each change by itself.',
  );
export type Augmentation = z.output<typeof augmentation>;
