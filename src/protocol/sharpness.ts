/**
 * Curvature and sharpness of the loss around a checkpoint: what is asked and what comes back. The command line, the engine
 * and the panels all use these.
 */
import * as z from 'zod';
import { dataSettings } from './dataSettings';
import { jobSettings } from './jobSettings';
import { runtimeNames } from './runtime';

export const sharpnessMeasures = [
  'eigenvalues',
  'trace',
  'density',
  'sam',
  'asam',
  'average',
  'average-adaptive',
  'layers',
] as const;
export type SharpnessMeasure = (typeof sharpnessMeasures)[number];

export const lossSplits = ['train', 'val', 'test'] as const;
export type LossSplit = (typeof lossSplits)[number];

export const hessianMethods = ['exact', 'differences'] as const;
export const traceMethods = ['hutch++', 'hutchinson'] as const;

export const sharpnessSettings = z.object({
  checkpoint: z.string().min(1).describe('A checkpoint (folder or file of weights) or a run.'),
  data: z
    .string()
    .min(1)
    .optional()
    .describe('The images that the loss is the mean over. Default, for a checkpoint of a run: its data.'),
  split: z.enum(lossSplits).default('test'),
  limit: z.number().int().min(1).max(100_000).default(512).describe('Images at most, drawn by the seed.'),
  measures: z
    .array(z.enum(sharpnessMeasures))
    .min(1)
    .default(['eigenvalues', 'trace', 'density', 'sam', 'asam', 'average'])
    .describe('What is measured.'),
  parameters: z
    .string()
    .min(1)
    .default('all')
    .describe(
      '"all", "backbone" (all but the head), or layers and parameters by names or patterns with * and ?, separated by commas.',
    ),
  top: z.number().int().min(1).max(32).default(3).describe('Number of eigenvalues.'),
  products: z
    .number()
    .int()
    .min(2)
    .max(1000)
    .default(40)
    .describe('Hessian-vector products at most for the eigenvalues; fewer where they have settled.'),
  hessian: z
    .enum(hessianMethods)
    .default('exact')
    .describe('Hessian-vector products: exact, or central differences of gradients.'),
  traceMethod: z.enum(traceMethods).default('hutch++'),
  probes: z
    .number()
    .int()
    .min(6)
    .max(3000)
    .default(30)
    .describe('Hessian-vector products for the trace, and for the traces of the layers.'),
  densityProbes: z.number().int().min(1).max(100).default(3),
  densitySteps: z.number().int().min(2).max(500).default(20),
  rho: z.number().min(0).default(0.05).describe('Radius of the SAM ball.'),
  adaptiveRho: z
    .number()
    .min(0)
    .default(0.5)
    .describe('Radius of the adaptive SAM ball, in units of the weights.'),
  ascentSteps: z.number().int().min(1).max(1000).default(5),
  restarts: z
    .number()
    .int()
    .min(0)
    .max(100)
    .default(0)
    .describe('Further SAM ascents, from random directions.'),
  sigma: z.number().min(0).default(0.005).describe('Deviation of the average case.'),
  adaptiveSigma: z
    .number()
    .min(0)
    .default(0.05)
    .describe('Deviation of the adaptive average case, in units of the weights.'),
  draws: z
    .number()
    .int()
    .min(2)
    .max(10_000)
    .default(10)
    .describe('Pairs of opposite draws of the average case.'),
  ...dataSettings,
  ...jobSettings,
});
/** All settings with their defaults filled in. */
export type SharpnessSettings = z.output<typeof sharpnessSettings>;
/** The settings as a person gives them. */
export type SharpnessRequest = z.input<typeof sharpnessSettings>;

/** null where it does not exist, with `why` beside it. */
const figure = z.number().nullable();
const why = { why: z.string().optional() };

const worstCase = z.object({
  rho: z.number(),
  value: figure.describe('Largest L(w + e) - L(w) found; in nats.'),
  ascentSteps: z.number().int(),
  restarts: z.number().int(),
  ...why,
});

const averageCase = z.object({
  sigma: z.number(),
  value: figure,
  standardError: figure,
  draws: z.number().int(),
  ...why,
});

const traceResult = z.object({
  value: figure,
  standardError: figure,
  method: z.enum(traceMethods),
  products: z.number().int(),
  ...why,
});

export const sharpnessResult = z.object({
  checkpoint: z.string().describe('Absolute path, as is `data`.'),
  data: z.string(),
  split: z.enum(lossSplits),
  n: z.number().int().describe('Images that the loss is the mean over.'),
  loss: figure.describe(
    'Mean cross-entropy in nats, in evaluation mode; of several labels an image the binary one, mean over the labels.',
  ),
  accuracy: figure,
  parameters: z.object({ selected: z.string(), count: z.number().int() }),
  hessian: z.enum(hessianMethods),
  topEigenvalues: z
    .array(z.number())
    .nullable()
    .optional()
    .describe('Descending. The fields of measures that were not asked for are absent.'),
  residuals: z
    .array(z.number())
    .optional()
    .describe('An exact eigenvalue lies within this of each of `topEigenvalues`.'),
  smallestEigenvalue: figure.optional(),
  smallestResidual: figure.optional(),
  products: z.number().int().optional().describe('Hessian-vector products that the eigenvalues took.'),
  trace: traceResult.optional(),
  density: z
    .object({
      grid: z.array(z.number()).describe('Curvatures.'),
      values: z.array(z.number()).describe('Density at each; the integral is 1.'),
      standardErrors: z.array(z.number()).nullable().describe('Over the probes; null for a single one.'),
      kernelWidth: z.number().describe('Deviation of the normal kernel that every eigenvalue is drawn with.'),
      probes: z.number().int(),
      steps: z.number().int(),
      ...why,
    })
    .optional(),
  sam: worstCase.optional(),
  asam: worstCase.optional(),
  average: averageCase.optional(),
  averageAdaptive: averageCase.optional(),
  layers: z
    .array(
      z.object({
        name: z.string(),
        parameters: z.number().int(),
        trace: figure,
        standardError: figure,
        topEigenvalue: figure,
        residual: figure,
        ...why,
      }),
    )
    .optional()
    .describe('In the order in which the network runs; parameters before the first block are "embedding".'),
  deterministic: z.boolean().describe('Whether loss, gradient and Hessian product came out the same twice.'),
  seed: z.number().int(),
  runtime: z.enum(runtimeNames),
  seconds: z.number(),
  notes: z.array(z.string()),
  ...why,
});
export type SharpnessResult = z.output<typeof sharpnessResult>;

/** Folder of results that belong to no run; `<hash of what was asked>.json` each. */
export const sharpnessFolder = '.repsim/sharpness';
/** A result that belongs to a run, in that run's folder. */
export const sharpnessResultFile = (hash: string): string => `results/sharpness-${hash}.json`;
