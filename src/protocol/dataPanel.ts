/** Messages between the host and the panel "Preview Data". The host sends whole snapshots, never differences. */
import * as z from 'zod';
import { inspection, inspectionExample } from './inspection';
import { saveMessage } from './panelExport';

const path = z.string().min(1).max(4096);

/** What is looked at. */
const dataChoice = z.object({
  data: path,
  /** Folder or file of the checkpoint whose preprocessing is shown; undefined for a neutral one. */
  checkpoint: path.optional(),
});
export type DataChoice = z.output<typeof dataChoice>;

export interface InspectDataParams extends DataChoice {
  readonly workspace: string;
}

/** Of the images beside the facts: pictures of all classes together have at most so many bytes. */
export const mostExampleBytes = 8e6;
export const mostExamplesOfClass = 8;

const inspectDataReply = z.object({
  inspection,
  /** Width and height of the examples. */
  size: z.object({ width: z.number().int(), height: z.number().int() }),
  examples: z.array(inspectionExample),
});
export type InspectDataReply = z.output<typeof inspectDataReply>;

export const dataSnapshot = z.object({
  type: z.literal('data'),
  choice: dataChoice,
  /** Names for people. */
  name: z.string(),
  checkpointName: z.string().optional(),
  state: z.enum(['reading', 'done', 'failed', 'cancelled']),
  progress: z.object({ stage: z.string(), done: z.number(), total: z.number() }).optional(),
  /** Why it failed. */
  message: z.string().optional(),
  result: inspectDataReply.optional(),
});
export type DataSnapshot = z.output<typeof dataSnapshot>;

/** What the page keeps over a restart. */
export const dataPageState = z.object({ choice: dataChoice.optional() });
export type DataPageState = z.output<typeof dataPageState>;

export const dataToHost = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('read') }),
  z.object({ type: z.literal('finetune') }),
  saveMessage,
]);
export type DataToHost = z.output<typeof dataToHost>;
