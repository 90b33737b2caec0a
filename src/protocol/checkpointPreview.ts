/**
 * The preview of a safetensors file: what the engine tells of the file, and the messages between the host and the page.
 * Tensors are spoken of by their place in the list, together with the stamp of the file that the list was read from:
 * names may be any length, and a file may have changed meanwhile.
 */
import * as z from 'zod';
import { saveMessage } from './panelExport';

/** More tensors are not listed: published models have some thousands. */
export const mostTensors = 100_000;
/** Longer names and values of the metadata are cut. */
export const longestName = 1000;
/** Bars of a histogram. */
export const histogramBins = 40;

const natural = z.number().int().nonnegative();
const place = natural.max(mostTensors - 1);

const previewTensor = z.object({
  name: z.string(),
  /** As the file writes it: F32, BF16, I64. */
  dtype: z.string(),
  shape: z.array(natural),
  bytes: natural,
});
export type PreviewTensor = z.output<typeof previewTensor>;

const checkpointContents = z.object({
  /** Bytes of the file, or of all shards. */
  bytes: natural,
  /** Files that the tensors lie in. */
  files: natural,
  /** Changes whenever the file does. */
  stamp: z.string(),
  tensors: z.array(previewTensor),
  /** Tensors that the list leaves out, because there are so many. */
  leftOut: natural,
  metadata: z.array(z.object({ name: z.string(), value: z.string() })),
});
export type CheckpointContents = z.output<typeof checkpointContents>;

/** What the values of one or more tensors are like. Mean, deviation, extremes and histogram are of the finite values. */
export const tensorStatistics = z.object({
  values: natural,
  zeros: natural,
  notANumber: natural,
  infinite: natural,
  /** Null where no value is finite. */
  finite: z
    .object({
      /** Null where sums are beyond what a double can hold. */
      mean: z.number().nullable(),
      /** Of the population: divided by the number of values. Null like the mean. */
      deviation: z.number().nullable(),
      minimum: z.number(),
      maximum: z.number(),
      /** Values in bins of equal width between the extremes. */
      histogram: z.array(natural),
    })
    .nullable(),
});
export type TensorStatistics = z.output<typeof tensorStatistics>;

const statisticsRequest = z.object({
  /** Places in the list of tensors: of one, or of all in a module. */
  tensors: z.array(place).min(1).max(mostTensors),
});

export interface InspectCheckpointParams {
  /** A .safetensors file, or the index of shards. */
  readonly file: string;
  readonly workspace: string;
}

export interface TensorStatisticsParams extends z.output<typeof statisticsRequest> {
  readonly file: string;
  readonly stamp: string;
  readonly workspace: string;
}

/** What is known of a file; sent whole whenever the file changes. */
const checkpointSnapshot = z.object({
  type: z.literal('contents'),
  /** Name of the file. */
  name: z.string(),
  /** Folder that it lies in. */
  folder: z.string(),
  state: z.enum(['reading', 'done', 'failed']),
  /** Why it cannot be read. */
  message: z.string().optional(),
  contents: checkpointContents.optional(),
  /** Whether there is a config.json beside it, without which no model can be built. */
  model: z.boolean(),
});
export type CheckpointSnapshot = z.output<typeof checkpointSnapshot>;

/** The statistics that were asked for last; sent whole at every change. */
const statisticsSnapshot = z.object({
  type: z.literal('statistics'),
  /** The row that they are of, as the page named it. */
  row: z.string(),
  state: z.enum(['computing', 'done', 'failed', 'cancelled']),
  /** Part of the bytes that has been read, from 0 to 1. */
  done: z.number(),
  message: z.string().optional(),
  result: tensorStatistics.optional(),
});
export type StatisticsSnapshot = z.output<typeof statisticsSnapshot>;

export const hostToCheckpoint = z.discriminatedUnion('type', [checkpointSnapshot, statisticsSnapshot]);
export type HostToCheckpoint = z.output<typeof hostToCheckpoint>;

/** What the page keeps over a restart. */
export const checkpointPageState = z.object({
  filter: z.string().max(1000).default(''),
  /** Modules that are open, by their path; undefined before any was opened or closed. */
  open: z.array(z.string()).max(2000).optional(),
});
export type CheckpointPageState = z.output<typeof checkpointPageState>;

export const checkpointToHost = z.discriminatedUnion('type', [
  /** The page has loaded and can take snapshots. */
  z.object({ type: z.literal('ready') }),
  statisticsRequest.extend({ type: z.literal('statistics'), row: z.string().max(40) }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('compare') }),
  z.object({ type: z.literal('finetune') }),
  saveMessage,
]);
export type CheckpointToHost = z.output<typeof checkpointToHost>;
