/** The drift of every layer of a run, as far as it was measured. */
import type { RunEvent } from '../../protocol/runs';
import type { LayerDrift } from './driftText';

export interface RunDrift {
  readonly layers: ReadonlyMap<string, LayerDrift>;
  readonly step: number;
  /** Validation images that it was measured on. */
  readonly images: number;
  readonly samples: 'cls' | 'mean';
}

/** `layers`: of the run's model, in order. Undefined where nothing was measured yet. */
export function runDrift(layers: readonly string[], events: readonly RunEvent[]): RunDrift | undefined {
  const probes = events.filter((event) => event.type === 'probe');
  const last = probes.at(-1);
  if (!last) return undefined;
  // A model without a CLS token has the mean of its patches only.
  const samples = last.cls.some((value) => value !== null) ? 'cls' : 'mean';
  const found = new Map<string, LayerDrift>();
  for (const [i, layer] of layers.entries()) {
    const similarities = probes.map((probe) => probe[samples][i] ?? null);
    const trend = similarities.filter((value) => value !== null).map((value) => 1 - value);
    const newest = similarities.at(-1) ?? null;
    if (newest !== null) found.set(layer, { layer, drift: 1 - newest, trend });
  }
  return found.size > 0 ? { layers: found, step: last.step, images: last.n, samples } : undefined;
}
