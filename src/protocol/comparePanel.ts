/**
 * Messages between the host and the panel "Representations", in the side bar and as an editor. The host sends whole
 * snapshots, never differences.
 */
import * as z from 'zod';
import {
  compareResult,
  compareSamples,
  defaultMeasure,
  type Invariances,
  type MeasureDescription,
} from './compare';
import { saveMessage } from './panelExport';

/** Side by side more than these cannot be told apart any more. */
export const mostMeasures = 6;

const longestPath = 4096;
const path = z.string().min(1).max(longestPath);

const sourceKinds = ['run', 'checkpoint', 'dump'] as const;
/** What can be compared: a finetuning run, a pretrained checkpoint, or a dump of activations. */
export type SourceKind = (typeof sourceKinds)[number];

const compareSource = z.object({
  path,
  kind: z.enum(sourceKinds),
  name: z.string(),
  /** Where it is, or when it ran: tells two of one name apart. */
  detail: z.string(),
  /** Of a run: name of the data that it was finetuned on. */
  data: z.string().optional(),
});
export type CompareSource = z.output<typeof compareSource>;

/** What is compared and how. */
export const compareChoice = z.object({
  a: path.optional(),
  b: path.optional(),
  /** The images; undefined for those of the run, and for dumps. */
  data: path.optional(),
  measures: z.array(z.string().min(1).max(100)).min(1).max(mostMeasures).default([defaultMeasure]),
  samples: z.enum(compareSamples).default('cls'),
});
export type CompareChoice = z.output<typeof compareChoice>;

const invariances = z.object({
  orthogonal: z.boolean(),
  scaling: z.boolean(),
  permutation: z.boolean(),
  translation: z.boolean(),
  linear: z.boolean(),
}) satisfies z.ZodType<Invariances>;

const measureDescription = z.object({
  id: z.string(),
  name: z.string(),
  explanation: z.string(),
  formula: z.string(),
  source: z.string(),
  larger: z.enum(['more similar', 'less similar']),
  range: z.tuple([z.number().nullable(), z.number().nullable()]).readonly(),
  symmetric: z.boolean(),
  metric: z.boolean(),
  invariant: invariances,
  on: z.enum(['features', 'logits']),
  pairwise: z.boolean(),
}) satisfies z.ZodType<MeasureDescription>;

const compareStates = ['incomplete', 'ready', 'computing', 'done', 'failed', 'cancelled'] as const;
/** `incomplete`: a side or the images are still to be chosen. */
export type CompareState = (typeof compareStates)[number];

export const compareSnapshot = z.object({
  type: z.literal('snapshot'),
  /** Whether the page is an editor, which has room for several measures. */
  large: z.boolean(),
  sources: z.array(compareSource),
  /** Data sets that were found. */
  data: z.array(z.object({ path, name: z.string(), detail: z.string() })),
  /** Empty until the engine has told them. */
  measures: z.array(measureDescription),
  choice: compareChoice,
  state: z.enum(compareStates),
  progress: z.object({ stage: z.string(), done: z.number(), total: z.number() }).optional(),
  /** Why it failed. */
  message: z.string().optional(),
  result: compareResult.optional(),
  /** Whether `result` is of a part of the images, with that of all of them to come. */
  coarse: z.boolean(),
});
export type CompareSnapshot = z.output<typeof compareSnapshot>;

/** What the page keeps over a restart; the values come from the host again. */
export const comparePageState = z.object({ choice: compareChoice.optional() });
export type ComparePageState = z.output<typeof comparePageState>;

const layer = z.string().max(1000);

export const compareToHost = z.discriminatedUnion('type', [
  /** The page has loaded and can take a snapshot. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('choose'), choice: compareChoice }),
  z.object({ type: z.literal('compare') }),
  z.object({ type: z.literal('cancel') }),
  /** The host asks for a path on disk and chooses it. */
  z.object({
    type: z.literal('browse'),
    what: z.enum(['a', 'b', 'data']),
    folder: z.boolean(),
  }),
  z.object({ type: z.literal('openEditor') }),
  z.object({ type: z.literal('showLog') }),
  /** Shows the line of the code that makes this layer, if one is known. */
  z.object({ type: z.literal('reveal'), layer, source: path }),
  saveMessage,
]);
export type CompareToHost = z.output<typeof compareToHost>;
