/**
 * Slices and planes of the loss around checkpoints: what is asked, what comes back, and what is told while it is being
 * computed. The command line, the engine and the panels all use these.
 */
import * as z from 'zod';
import { dataSettings } from './dataSettings';
import { jobSettings } from './jobSettings';
import { runtimeNames } from './runtime';
import { lossSplits } from './sharpness';

export const landscapeAxes = ['random', 'interpolate', 'hessian', 'trajectory'] as const;
export type LandscapeAxes = (typeof landscapeAxes)[number];

/** Where nothing is said: how far beyond the centre, or beyond the checkpoints, each axis reaches. */
export const defaultRanges: Readonly<Record<LandscapeAxes, number>> = {
  random: 1,
  interpolate: 0.25,
  hessian: 0.5,
  trajectory: 0.25,
};
export const defaultSteps: Readonly<Record<1 | 2, number>> = { 1: 41, 2: 21 };

export const maxModels = 8;

export const landscapeSettings = z.object({
  checkpoints: z
    .array(z.string().min(1))
    .min(1)
    .max(maxModels)
    .describe(
      'Checkpoint folders or runs. For "interpolate" two, or three for a plane; for "trajectory" one run that kept its checkpoints.',
    ),
  data: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The images that the loss is the mean over. Default, where the first checkpoint is of a run: its data.',
    ),
  splits: z
    .array(z.enum(lossSplits))
    .min(1)
    .default(['test'])
    .describe('What `loss` and `accuracy` are on comes first; further ones are in `others`.'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(512)
    .describe('Images of a split at most, drawn by the seed.'),
  dims: z.literal([1, 2]).default(1),
  axes: z.enum(landscapeAxes).default('random'),
  steps: z
    .number()
    .int()
    .min(3)
    .max(401)
    .optional()
    .describe('Points an axis. Default: 41 for a slice, 21 for a plane.'),
  range: z
    .number()
    .positive()
    .optional()
    .describe(
      'random: from -R to R times the weights (default 1). hessian: from -R to R in weight space (0.5). interpolate: from -R to 1 + R (0.25). trajectory: a margin of R times the extent of the checkpoints (0.25).',
    ),
  ...dataSettings,
  ...jobSettings,
});
/** All settings with their defaults filled in. */
export type LandscapeSettings = z.output<typeof landscapeSettings>;
/** The settings as a person gives them. */
export type LandscapeRequest = z.input<typeof landscapeSettings>;

/** values[model][row of y][column of x]; null where the loss is not finite, or not computed yet. */
const grids = z.array(z.array(z.array(z.number().nullable())));

const axis = z.object({
  label: z.string().describe('What the axis is, for people.'),
  unit: z.string().describe('What 1 on it means.'),
  length: z.array(z.number()).describe('Distance in weight space of one unit, by model.'),
  eigenvalue: z.array(z.number()).optional().describe('By model, of an eigenvector of the Hessian.'),
  explainedVariance: z.number().optional().describe('Part of the variance of the trajectory, 0 to 1.'),
});

export const landscapeResult = z.object({
  axes: z.enum(landscapeAxes),
  dims: z.literal([1, 2]),
  seed: z.number().int(),
  models: z.array(z.string()).describe('Absolute paths of the checkpoints that the surfaces are around.'),
  data: z.string(),
  split: z.enum(lossSplits),
  n: z.number().int(),
  x: z.array(z.number()),
  y: z.array(z.number()).describe('[0] for a slice.'),
  xAxis: axis,
  yAxis: axis.optional(),
  loss: grids,
  accuracy: grids,
  others: z
    .array(z.object({ split: z.enum(lossSplits), n: z.number().int(), loss: grids, accuracy: grids }))
    .optional()
    .describe('The same on the further splits that were asked for.'),
  marks: z
    .array(
      z.object({
        label: z.string(),
        checkpoint: z.string(),
        step: z.number().int().optional().describe('Optimiser steps, for a checkpoint of a trajectory.'),
        x: z.number(),
        y: z.number(),
        distance: z
          .number()
          .describe(
            'From the checkpoint to the slice or plane, in weight space: the loss drawn here is not its own unless this is 0.',
          ),
        loss: z.number().nullable().describe('Of the checkpoint itself, on `split`.'),
      }),
    )
    .describe('Checkpoints at their places: where models stand, what lies between, the way of a training.'),
  complete: z.boolean(),
  points: z.object({ done: z.number().int(), total: z.number().int() }),
  runtime: z.enum(runtimeNames),
  seconds: z.number(),
  notes: z.array(z.string()),
  why: z.string().optional().describe('Why values are null.'),
});
export type LandscapeResult = z.output<typeof landscapeResult>;

/** Folder of results that belong to no run; `<hash of what was asked>.json` each. */
export const landscapeFolder = '.repsim/landscape';
/** A result that belongs to a run, in that run's folder. */
export const landscapeResultFile = (hash: string): string => `results/landscape-${hash}.json`;
