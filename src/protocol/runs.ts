/**
 * The run directory: `run.json` (the manifest, written first), `events.jsonl` (append-only), `checkpoints/`, `results/`.
 * It is the truth about a run; processes and views are views of it.
 */
import * as z from 'zod';
import { runtimeNames } from './runtime';
import { finetuneSettings } from './settings';
import { tasks } from './tasks';

export const manifestFile = 'run.json';
export const eventsFile = 'events.jsonl';
export const resultFile = 'results/finetune.json';
/**
 * Asks the process that works on the run to cancel: another window has no channel to ask it by, and a process id in a file that
 * anybody can write is nothing to send signals to.
 */
export const cancelFile = 'cancel';
export const finalCheckpoint = 'checkpoints/final';
/** The newest checkpoint of a run that is not finished, with the state of the optimiser: what resuming reads. */
export const lastCheckpoint = 'checkpoints/last';

/** Weights after so many epochs, of a run that was asked to keep them (`keepCheckpoints`); 0 is the start. */
export const epochCheckpoint = (epoch: number): string =>
  `checkpoints/epoch-${String(epoch).padStart(5, '0')}`;

const splits = z.object({ train: z.number().int(), val: z.number().int(), test: z.number().int() });

/** No network has as many; charts and tables of more would keep a page busy for ever. */
const mostLayers = 4096;

export const runManifest = z.object({
  format: z.literal(1),
  id: z.string(),
  createdAt: z.string().describe('ISO 8601'),
  settings: finetuneSettings.describe('With absolute paths.'),
  runtime: z.object({
    name: z.enum(runtimeNames),
    device: z.string(),
    fallbacks: z
      .array(z.string())
      .optional()
      .describe('What was done elsewhere than was asked for, in sentences.'),
  }),
  versions: z.record(z.string(), z.string()),
  model: z.object({
    architecture: z.string(),
    layers: z
      .array(z.string())
      .max(mostLayers)
      .describe('In the order in which the network runs, "final" last.'),
    parameters: z.number().int(),
    modules: z
      .record(z.string(), z.string())
      .optional()
      .describe('Dotted path of the module that a layer is in the checkpoint, by layer: what code calls it.'),
  }),
  data: z.object({
    fingerprint: z.string(),
    task: z.enum(tasks).optional().describe('Absent in runs from before there was a choice.'),
    classes: z.array(z.string()),
    splits,
    skipped: z.number().int().describe('Broken images that were left out.'),
  }),
  pid: z.number().int().describe('Process that runs or ran it.'),
});
export type RunManifest = z.output<typeof runManifest>;

/** One value a layer, in the order of the manifest's `model.layers`; null where the measure is undefined. */
const layerValues = z.array(z.number().nullable()).max(mostLayers);
const at = { time: z.number().describe('Milliseconds since 1970') };
const step = z.number().int().describe('Optimiser steps done so far');

export const runEvent = z.discriminatedUnion('type', [
  z.object({
    ...at,
    type: z.literal('started'),
    steps: z.number().int(),
    stepsPerEpoch: z.number().int(),
    epochs: z.number().int(),
    fromStep: step,
  }),
  z.object({ ...at, type: z.literal('stage'), stage: z.string(), done: z.number(), total: z.number() }),
  z.object({
    ...at,
    type: z.literal('step'),
    step,
    epoch: z.number().int(),
    lr: z.number(),
    loss: z.number().nullable(),
    crossEntropy: z.number().nullable(),
    similarityLoss: z.number().nullable().optional(),
    gradientNorm: z.number().nullable(),
  }),
  z.object({
    ...at,
    type: z.literal('validation'),
    step,
    loss: z.number().nullable(),
    accuracy: z.number(),
    n: z.number().int(),
  }),
  z
    .object({
      ...at,
      type: z.literal('probe'),
      step,
      n: z.number().int(),
      cls: layerValues,
      mean: layerValues,
    })
    .describe(
      'Debiased linear CKA of every layer against the pretrained model, on the CLS token and on the mean of the patch tokens.',
    ),
  z.object({ ...at, type: z.literal('checkpoint'), step, path: z.string().describe('Relative to the run.') }),
  z.object({ ...at, type: z.literal('note'), message: z.string() }),
  z.object({ ...at, type: z.literal('finished') }),
  z.object({ ...at, type: z.literal('failed'), message: z.string() }),
  z.object({ ...at, type: z.literal('cancelled'), step }),
]);
export type RunEvent = z.output<typeof runEvent>;

/** A value that may not exist, with the reason beside it. */
const metric = z.number().nullable();

export const sharpnessFigures = z.object({
  n: z.number().int(),
  loss: metric,
  samWorstCase: metric.describe('max over ||e|| <= 0.05 of L(w+e) - L(w), 5 ascent steps, best so far'),
  topEigenvalue: metric,
  smallestEigenvalue: metric,
  why: z.string().optional(),
});
export type SharpnessFigures = z.output<typeof sharpnessFigures>;

export const finetuneResult = z.object({
  run: z.string(),
  method: z.string(),
  task: z.enum(tasks).optional().describe('As in the manifest.'),
  runtime: z.enum(runtimeNames),
  seconds: z.number(),
  splits,
  test: z.object({
    loss: metric,
    accuracy: metric,
    balancedAccuracy: metric,
    auc: metric,
    ece: metric,
    why: z.string().optional(),
  }),
  similarity: z.object({
    measure: z.literal('cka-debiased'),
    samples: z.enum(['cls', 'mean']),
    n: z.number().int(),
    layers: z
      .array(z.object({ name: z.string(), value: metric, why: z.string().optional() }))
      .max(mostLayers),
    final: metric,
    mean: metric.describe('Over all blocks and "final".'),
    why: z.string().optional(),
  }),
  knn: z.object({ before: metric, after: metric, why: z.string().optional() }).optional(),
  sharpness: z.object({ heldOut: sharpnessFigures, train: sharpnessFigures }),
  checkpoint: z.string(),
  notes: z.array(z.string()).optional(),
});
export type FinetuneResult = z.output<typeof finetuneResult>;

/** Reads one line of `events.jsonl`; undefined for a line that is not a whole event (the last one may be cut off). */
export function parseRunEvent(line: string): RunEvent | undefined {
  try {
    return runEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

export const runStates = ['preparing', 'running', 'finished', 'failed', 'cancelled', 'interrupted'] as const;
/** `interrupted`: the process that ran it is gone and left no last word. */
export type RunState = (typeof runStates)[number];

/** The state that a run's events tell. `alive`: whether the process that runs it still exists. */
export function runState(events: readonly RunEvent[], alive: boolean): RunState {
  for (let i = events.length - 1; i >= 0; i--) {
    const { type } = events[i]!;
    if (type === 'finished' || type === 'failed' || type === 'cancelled') return type;
    if (type === 'started') return alive ? 'running' : 'interrupted';
  }
  return alive ? 'preparing' : 'interrupted';
}
