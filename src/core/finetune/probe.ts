/** The drift during a run: similarity of every layer to the pretrained model, on one fixed sample of validation images. */
import type { DeviceTensor, Group, HostTensor } from '../compute/runtime';
import { debiasedCkaAgainst } from '../similarity/cka';
import type { Features, Similarity } from '../similarity/features';
import type { Network, PixelSource, Wanted } from './network';
import { poolings } from './representations';

/** Debiased CKA is not defined below. */
export const leastSamples = 4;

export interface Probe {
  readonly n: number;
  /** Debiased linear CKA by layer, "final" last; null where it is undefined. */
  measure(
    parameters: Group<HostTensor | DeviceTensor>,
    signal?: AbortSignal,
  ): Promise<{ cls: (number | null)[]; mean: (number | null)[] }>;
}

/** Prepares the pretrained side once. `indices`: at least 4 images of `source`. */
export async function createProbe(
  network: Network,
  pretrained: Group<HostTensor | DeviceTensor>,
  source: PixelSource,
  indices: Int32Array,
  signal?: AbortSignal,
): Promise<Probe> {
  const { layers } = network.model;
  const wanted = poolings.flatMap((group) => layers.map((name): Wanted => ({ group, name })));
  const reference = await network.evaluate(pretrained, source, indices, wanted, { signal });
  const similarities = reference.map(debiasedCkaAgainst);
  return {
    n: indices.length,
    async measure(parameters, during) {
      const features = await network.evaluate(parameters, source, indices, wanted, { signal: during });
      const values = features.map((side, i) => similarities[i]!(side).value);
      return { cls: values.slice(0, layers.length), mean: values.slice(layers.length) };
    },
  };
}

/** Debiased linear CKA of every layer between two sets of parameters, on the CLS representation. */
export async function layerSimilarities(
  network: Network,
  pretrained: Group<HostTensor | DeviceTensor>,
  finetuned: Group<HostTensor | DeviceTensor>,
  source: PixelSource,
  indices: Int32Array,
  signal?: AbortSignal,
): Promise<Similarity[]> {
  const wanted = network.model.layers.map((name): Wanted => ({ group: 'cls', name }));
  const before: Features[] = await network.evaluate(pretrained, source, indices, wanted, { signal });
  const after = await network.evaluate(finetuned, source, indices, wanted, { signal });
  return before.map((reference, i) => debiasedCkaAgainst(reference)(after[i]!));
}
