/** Messages between the host and the drift panel. The host sends whole snapshots, never differences. */
import { z } from 'zod';
import { finetuneResult, runEvent, runManifest, runStates } from './runs';

export const driftSnapshot = z.object({
  type: z.literal('snapshot'),
  /** Name that the tree shows for the run. */
  name: z.string(),
  state: z.enum(runStates),
  manifest: runManifest.optional(),
  /** `step`, `validation`, `probe`, `note` and last-word events, thinned by the host to a size a picture can show. */
  events: z.array(runEvent),
  result: finetuneResult.optional(),
});
export type DriftSnapshot = z.output<typeof driftSnapshot>;
export type HostToDrift = DriftSnapshot;

export const driftToHost = z.discriminatedUnion('type', [
  /** The panel has loaded and can take a snapshot. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('showLog') }),
  z.object({ type: z.literal('openFolder') }),
  /** The host asks where to and writes it. */
  z.object({
    type: z.literal('save'),
    format: z.enum(['svg', 'png', 'csv', 'json']),
    content: z.string().max(64 * 1024 * 1024),
    base64: z.boolean(),
  }),
]);
export type DriftToHost = z.output<typeof driftToHost>;
