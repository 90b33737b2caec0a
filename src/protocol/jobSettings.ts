/** What every job can be told, whatever it computes. */
import * as z from 'zod';
import { runtimeChoices } from './runtime';

/** The largest seed: it fits the 32-bit integers that generators start from. */
const largestSeed = 2 ** 31 - 1;

/** Properties of a job's settings, to be spread into its schema. */
export const jobSettings = {
  seed: z
    .number()
    .int()
    .min(0)
    .max(largestSeed)
    .default(0)
    .describe('The same seed, settings and machine give the same result.'),
  runtime: z.enum(runtimeChoices).default('auto').describe('What executes the computations.'),
  threads: z.number().int().min(1).max(256).optional().describe('CPU threads. Default: all cores.'),
};
