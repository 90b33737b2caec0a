/** Messages between the host and the panel "Loss Landscape". The host sends whole snapshots, never differences. */
import * as z from 'zod';
import { type LandscapeAxes, landscapeAxes, landscapeResult, maxModels } from './landscape';
import { saveMessage } from './panelExport';
import { sharpnessResult } from './sharpness';

const path = z.string().min(1).max(4096);
const dims = z.union([z.literal(1), z.literal(2)]);

/** What is looked at. */
export const landscapeChoice = z.object({
  /** Checkpoint folders or runs. */
  checkpoints: z.array(path).min(1).max(maxModels),
  /** The images; undefined for those of the run. */
  data: path.optional(),
  dims: dims.default(1),
  axes: z.enum(landscapeAxes).default('random'),
});
export type LandscapeChoice = z.output<typeof landscapeChoice>;

/** Axes that so many models can be looked at along. A line between checkpoints takes two, a plane three; a training is one run's. */
export function possibleAxes(models: number, dims: 1 | 2): LandscapeAxes[] {
  return landscapeAxes.filter((axes) => {
    if (axes === 'interpolate') return models === dims + 1;
    return axes !== 'trajectory' || models === 1;
  });
}

/** `ready`: nothing has been computed yet. */
const analysisStates = ['ready', 'computing', 'done', 'failed', 'cancelled'] as const;
export type AnalysisState = (typeof analysisStates)[number];

const analysis = z.object({
  state: z.enum(analysisStates),
  progress: z.object({ stage: z.string(), done: z.number(), total: z.number() }).optional(),
  /** Why it failed. */
  message: z.string().optional(),
});

export const landscapeSnapshot = z.object({
  type: z.literal('snapshot'),
  /** In the order of `choice.checkpoints`. */
  names: z.array(z.string()),
  choice: landscapeChoice,
  /** With as many points as are known. */
  landscape: analysis.extend({ result: landscapeResult.optional() }),
  /** One result for each checkpoint, in their order; null where there is none. */
  sharpness: analysis.extend({ results: z.array(sharpnessResult.nullable()) }),
});
export type LandscapeSnapshot = z.output<typeof landscapeSnapshot>;

/** What the page keeps over a restart; the values come from the host again. */
export const landscapePageState = z.object({
  choice: landscapeChoice.optional(),
  logarithmic: z.boolean().default(false),
});
export type LandscapePageState = z.output<typeof landscapePageState>;

export const landscapeToHost = z.discriminatedUnion('type', [
  /** The page has loaded and can take a snapshot. */
  z.object({ type: z.literal('ready') }),
  /** Shows what is kept of another slice or plane through the same models. */
  z.object({ type: z.literal('choose'), dims, axes: z.enum(landscapeAxes) }),
  z.object({ type: z.literal('compute') }),
  z.object({ type: z.literal('measure') }),
  /** Cancels whatever is being computed. */
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('showLog') }),
  saveMessage,
]);
export type LandscapeToHost = z.output<typeof landscapeToHost>;
