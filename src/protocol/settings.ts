/**
 * What one finetuning run is asked to do. The same schema reads the command line, `repsim.json`, the quick picks
 * of the editor and the manifest of a run, so that one run means the same everywhere.
 */
import * as z from 'zod';
import { augmentation } from './augmentation';
import { dataSettings } from './dataSettings';
import { jobSettings } from './jobSettings';

export const methods = ['full', 'linear', 'repsim'] as const;
export type Method = (typeof methods)[number];
export const objectives = ['feature', 'covariance'] as const;
export const rotations = ['learned', 'closed-form', 'identity'] as const;
export const classWeightings = ['none', 'balanced'] as const;
export const samplings = ['shuffle', 'balanced'] as const;

const blockIndex = z.number().int().min(0);

export const finetuneSettings = z.object({
  checkpoint: z
    .string()
    .min(1)
    .describe(
      'Pretrained checkpoint: a folder with weights, a file of weights (.safetensors, .bin, .pth), or a run.',
    ),
  data: z
    .string()
    .min(1)
    .describe(
      'The data to finetune on: an .npz in MedMNIST layout, a CSV with the columns path and label, a folder of class folders, or the name of a pulled MedMNIST set.',
    ),
  oldData: z
    .string()
    .min(1)
    .optional()
    .describe('Data of the pretraining task; k-NN accuracy on it tells how much of the old ability is left.'),
  out: z
    .string()
    .min(1)
    .optional()
    .describe('Folder that the run is written to. Default: .repsim/runs/<id>.'),
  ...dataSettings,
  method: z
    .enum(methods)
    .default('repsim')
    .describe('full: all weights; linear: the head only; repsim: all weights, representation kept.'),
  objective: z
    .enum(objectives)
    .default('feature')
    .describe('What RepSim matches: the features themselves or their covariance.'),
  rotation: z
    .enum(rotations)
    .default('learned')
    .describe('The orthogonal map between pretrained and finetuned features.'),
  layers: z
    .union([z.enum(['final', 'all']), z.array(blockIndex).min(1)], {
      error: 'it must be "final", "all" or a list of block numbers',
    })
    .default('final')
    .describe(
      'Layers whose representation RepSim keeps: "final" is the embedding that the head reads, of a block it is the CLS token, or the mean over its places where the network has none.',
    ),
  lambda: z
    .number()
    .min(0)
    .default(0.1)
    .describe('Weight of the RepSim term. 0.1 keeps the accuracy, 0.3 keeps more of the representation.'),
  epochs: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(15)
    .describe('Times that all training images are seen.'),
  batch: z.number().int().min(1).max(4096).default(32).describe('Images in one step.'),
  lr: z
    .number()
    .positive()
    .optional()
    .describe(
      'Peak learning rate of AdamW. Default: by the width of the model, 2e-3 at 96, 9e-5 at 768, with batch norms not below 1.6e-4.',
    ),
  rotationLr: z.number().positive().default(3e-3).describe('Learning rate of the learned rotation.'),
  weightDecay: z
    .number()
    .min(0)
    .default(0.01)
    .describe('Decoupled weight decay, on matrices and filters only.'),
  warmup: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('Part of the steps in which the learning rate rises linearly.'),
  clip: z.number().min(0).default(1).describe('Largest norm of the gradient; 0 leaves it as it is.'),
  labelSmoothing: z
    .number()
    .min(0)
    .max(0.99)
    .default(0)
    .describe('Part of the target that is spread over all classes.'),
  classWeights: z
    .enum(classWeightings)
    .default('none')
    .describe(
      'balanced: in training the loss of an image weighs as its class is rare, n / (classes * images of the class); of several labels that of a present one weighs absent / present.',
    ),
  sampling: z
    .enum(samplings)
    .default('shuffle')
    .describe(
      'shuffle: every image once an epoch; balanced: every class equally often, so that images of rare classes come again.',
    ),
  perClass: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Train on so many images of every class only, drawn by the seed. Default: all.'),
  augment: augmentation,
  mixup: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe('Mix pairs of images and their targets by a share drawn from Beta(x, x); 0: not.'),
  cutmix: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      'Paste a rectangle of one image into another, its area drawn from Beta(x, x); with mixup, each batch has one of both.',
    ),
  keepCheckpoints: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'Keep the weights of the start and after every so many epochs, for the trajectory in a loss landscape. Default: only the last ones.',
    ),
  probeEvery: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      'Steps between two measurements of the drift. Default: 40 measurements a run, fewer where they would cost more than a fifth of the training.',
    ),
  probeSize: z
    .number()
    .int()
    .min(4)
    .max(4096)
    .default(256)
    .describe('Validation images on which the drift is measured.'),
  sharpnessSize: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(480)
    .describe('Images, held-out and of training, on which the sharpness is measured.'),
  ...jobSettings,
});

/** All settings with their defaults filled in. */
export type FinetuneSettings = z.output<typeof finetuneSettings>;
/** The settings as a person writes them. */
export type FinetuneRequest = z.input<typeof finetuneSettings>;
