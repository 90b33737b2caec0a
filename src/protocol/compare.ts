/**
 * Comparing the representations of two models, layer by layer: what is asked, what comes back, and what a similarity
 * measure says of itself. The command line, the engine and the panels all use these.
 */
import * as z from 'zod';
import { dataSettings } from './dataSettings';
import { jobSettings } from './jobSettings';
import { runtimeNames } from './runtime';

/** What one row is: an image by its CLS token, an image by the mean of its patch tokens, or a token. */
export const compareSamples = ['cls', 'mean', 'tokens'] as const;
export type CompareSamples = (typeof compareSamples)[number];

export const compareSplits = ['train', 'val', 'test', 'all'] as const;
export type CompareSplit = (typeof compareSplits)[number];

export const defaultMeasure = 'cka-debiased';

export const compareSettings = z.object({
  a: z
    .string()
    .min(1)
    .describe(
      'A checkpoint folder, a run, or a dump of activations (.npz, .npy, .safetensors with one [n, d] array a layer).',
    ),
  b: z
    .string()
    .min(1)
    .optional()
    .describe('As `a`. Default, where `a` is a run: the pretrained checkpoint that the run started from.'),
  data: z
    .string()
    .min(1)
    .optional()
    .describe('The images that both models see. Default, where a side is a run: the data of that run.'),
  measures: z
    .array(z.string().min(1))
    .min(1)
    .default([defaultMeasure])
    .describe('Ids of similarity measures.'),
  samples: z.enum(compareSamples).default('cls'),
  split: z.enum(compareSplits).default('test').describe('Of the data; dumps have no splits.'),
  layers: z
    .string()
    .min(1)
    .optional()
    .describe('Layers to compare: names or patterns with * and ?, separated by commas. Default: all.'),
  limit: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Compare on at most so many images, drawn by the seed. Default: all.'),
  ...dataSettings,
  ...jobSettings,
});
/** All settings with their defaults filled in. */
export type CompareSettings = z.output<typeof compareSettings>;
/** The settings as a person gives them. */
export type CompareRequest = z.input<typeof compareSettings>;

export const measureResult = z.object({
  matrix: z
    .array(z.array(z.number().nullable()))
    .describe('matrix[i][j]: layer i of A against layer j of B; null where the measure is undefined.'),
  larger: z.enum(['more similar', 'less similar']),
  layersA: z
    .array(z.string())
    .optional()
    .describe(
      'Rows, where they are not those of the comparison: measures of outputs have the one row "logits".',
    ),
  layersB: z.array(z.string()).optional(),
  n: z
    .number()
    .int()
    .optional()
    .describe('Rows that the measure was computed on, where they are a part of all.'),
  why: z
    .array(z.object({ a: z.string(), b: z.string(), why: z.string() }))
    .optional()
    .describe('The reason for every null, by the names of the two layers.'),
  notes: z.array(z.string()).optional(),
});
export type MeasureResult = z.output<typeof measureResult>;

export const compareResult = z.object({
  a: z.string().describe('Absolute path, as are `b` and `data`.'),
  b: z.string(),
  data: z.string().nullable().describe('null where both sides are dumps.'),
  split: z.enum(compareSplits).nullable(),
  n: z.number().int().describe('Rows that were compared: images, or with `tokens` images times tokens.'),
  images: z.number().int(),
  samples: z.enum(compareSamples),
  seed: z.number().int(),
  layersA: z.array(z.string()).describe('In the order in which the network runs.'),
  layersB: z.array(z.string()),
  measures: z.record(z.string(), measureResult).describe('By id, in the order in which they were asked for.'),
  runtime: z.enum(runtimeNames).nullable().describe('null where no program had to run.'),
  seconds: z.number(),
  notes: z.array(z.string()),
});
export type CompareResult = z.output<typeof compareResult>;

/** Folder, beside the runs, of results that belong to no run; `<hash of what was asked>.json` each. */
export const compareFolder = '.repsim/compare';
/** A result that belongs to a run, in that run's folder. */
export const compareResultFile = (hash: string): string => `results/compare-${hash}.json`;

/** What a similarity measure says of itself, for pickers and for what stands beside a value. */
export interface MeasureDescription {
  readonly id: string;
  readonly name: string;
  /** One line for people. */
  readonly explanation: string;
  readonly formula: string;
  readonly source: string;
  readonly larger: 'more similar' | 'less similar';
  /** Smallest and largest value; null where there is no bound. */
  readonly range: readonly [lowest: number | null, highest: number | null];
  readonly symmetric: boolean;
  /** Whether it is a distance with a triangle inequality (between classes of representations it cannot tell apart). */
  readonly metric: boolean;
  readonly invariant: Invariances;
  /** What it compares: representations `[n, d]`, or logits `[n, classes]` with the same classes. */
  readonly on: 'features' | 'logits';
  /** Whether it needs all pairs of samples at once: memory n^2. It is then computed on a part of the rows. */
  readonly pairwise: boolean;
}

/** Changes of one side that leave the value as it is. */
export interface Invariances {
  /** Rotations and reflections of feature space. */
  readonly orthogonal: boolean;
  /** One positive factor for all features. */
  readonly scaling: boolean;
  /** Another order of the features. */
  readonly permutation: boolean;
  /** One vector added to every sample. */
  readonly translation: boolean;
  /** Any invertible linear map of feature space. */
  readonly linear: boolean;
}
