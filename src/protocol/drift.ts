/** Messages between the host and the drift panel. The host sends whole snapshots, never differences. */
import * as z from 'zod';
import { saveMessage } from './panelExport';
import { finetuneResult, runEvent, runManifest, runStates } from './runs';

export const driftSnapshot = z.object({
  type: z.literal('snapshot'),
  /** What the host finds the run by: the panel keeps it in its state, so that it can be restored. */
  run: z.string().optional(),
  /** Name that the tree shows for the run. */
  name: z.string(),
  state: z.enum(runStates),
  manifest: runManifest.optional(),
  /**
   * All `started`, `validation`, `probe`, `note` and last-word events, the newest `stage`, and the `step` events
   * thinned by the host to a number that a picture can show. In the order in which they were written.
   */
  events: z.array(runEvent),
  result: finetuneResult.optional(),
  /** The layer that shall be picked out from now on; told once, when somebody came for it. */
  focus: z.string().optional(),
});
export type DriftSnapshot = z.output<typeof driftSnapshot>;

export const driftSamples = ['cls', 'mean'] as const;
/** What of the images is compared: the CLS token or the mean of the patch tokens. */
export type DriftSamples = (typeof driftSamples)[number];

/** What the panel keeps over a restart: which run is looked at, and how. The values themselves come from the host. */
export const driftPanelState = z.object({
  run: z.string().optional(),
  samples: z.enum(driftSamples).default('cls'),
  /** The layer that is picked out. */
  layer: z.string().optional(),
});
export type DriftPanelState = z.output<typeof driftPanelState>;

export const driftToHost = z.discriminatedUnion('type', [
  /** The panel has loaded and can take a snapshot. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.literal('showLog') }),
  z.object({ type: z.literal('openFolder') }),
  z.object({ type: z.literal('resume') }),
  /** Shows the line of code that makes this layer. */
  z.object({ type: z.literal('goToSource'), layer: z.string().max(1000) }),
  saveMessage,
]);
export type DriftToHost = z.output<typeof driftToHost>;
