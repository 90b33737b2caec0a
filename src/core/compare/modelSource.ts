/** A checkpoint, on images, as one side of a comparison. */
import path from 'node:path';
import type { CompareSamples } from '../../protocol/compare';
import type { DeviceTensor, Runtime } from '../compute/runtime';
import { compileNetwork, logitsWanted, type Network, type Wanted } from '../finetune/network';
import { hashFile } from '../formats/hashFile';
import type { Checkpoint } from '../models/checkpoint';
import type { Images } from './images';
import { selectLayers } from './layerPatterns';
import type { RepresentationSource } from './source';

/** Images in a batch of an evaluation. */
const evaluationBatch = 32;

export interface ModelOptions {
  /** Path that the person named. */
  readonly path: string;
  readonly samples: CompareSamples;
  readonly layers: string | undefined;
  /** Whether layers without tokens, the embedding "final", are left out where tokens are wanted. */
  readonly tokensOnly: boolean;
  readonly images: Images;
  /** Opened when the first images are read. */
  readonly runtime: () => Promise<Runtime>;
  readonly signal?: AbortSignal | undefined;
}

export async function openModelSource(
  checkpoint: Checkpoint,
  options: ModelOptions,
): Promise<RepresentationSource> {
  const { model } = checkpoint;
  const { samples, images } = options;
  const selected = selectLayers(model.layers, options.layers, options.path);
  const leaveOut = samples === 'tokens' && options.tokensOnly;
  const layers = leaveOut ? selectLayers(selected, 'block.*', options.path) : selected;
  const wanted = layers.map((name): Wanted => ({ group: samples, name }));
  if (model.classes > 0) wanted.push(logitsWanted);
  let opened: Promise<{ network: Network; parameters: Record<string, DeviceTensor> }> | undefined;
  return {
    path: options.path,
    fingerprint: await fingerprintOf(checkpoint.files, options.signal),
    images: images.count,
    layers,
    hasLogits: model.classes > 0,
    notes: [
      ...checkpoint.notes,
      ...(samples === 'cls' && !model.hasCls
        ? [`${options.path} has no CLS token: a layer stands for an image by its mean.`]
        : []),
      ...(layers.length < selected.length ? [`${options.path}: final left out, having no tokens.`] : []),
    ],
    async read(indices, signal) {
      opened ??= open(checkpoint, samples, await options.runtime());
      const { network, parameters } = await opened;
      const found = await network.evaluate(parameters, images, indices, wanted, { signal });
      return { layers: found.slice(0, layers.length), logits: found[layers.length] };
    },
    async dispose() {
      const { network, parameters } = (await opened?.catch(() => undefined)) ?? {};
      for (const tensor of Object.values(parameters ?? {})) tensor.dispose();
      await network?.dispose();
    },
  };
}

async function open(
  { model, parameters, preprocessing }: Checkpoint,
  samples: CompareSamples,
  runtime: Runtime,
) {
  const network = await compileNetwork(runtime, model, preprocessing, evaluationBatch, [samples]);
  const uploaded = Object.entries(parameters).map(
    ([name, tensor]) => [name, runtime.upload(tensor)] as const,
  );
  return { network, parameters: Object.fromEntries(uploaded) };
}

/** Of the files that the checkpoint consists of. */
async function fingerprintOf(files: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  const parts: string[] = [];
  for (const file of files) parts.push(`${path.basename(file)}:${await hashFile(file, signal)}`);
  return parts.join(' ');
}
