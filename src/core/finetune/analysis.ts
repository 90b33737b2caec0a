/** What is measured once at the end of a run: test metrics, similarity of every layer, sharpness, what is left of the old task. */
import type { ReportProgress } from '../../protocol/progress';
import type { FinetuneResult, SharpnessFigures } from '../../protocol/runs';
import { fittingBatch } from '../compute/fittingBatch';
import type { Group, HostTensor, Runtime } from '../compute/runtime';
import type { Split } from '../data/dataset';
import { learnedSurface } from '../sharpness/learnedSurface';
import { type LossPrograms, lossPrograms } from '../sharpness/lossPrograms';
import { evenBatch, flattenParameters, modelLossSurface } from '../sharpness/modelLossSurface';
import { measureSharpness } from '../sharpness/sharpness';
import type { Similarity } from '../similarity/features';
import { neighbourAccuracy } from './neighbours';
import { logitsWanted, type Network } from './network';
import type { Prepared } from './prepare';
import { layerSimilarities, leastSamples } from './probe';
import { labelledImages, labelsAt, sampleIndices } from './sample';
import { taskMetrics } from './taskMetrics';

export interface AnalysisContext {
  readonly runtime: Runtime;
  readonly prepared: Prepared;
  readonly network: Network;
  readonly finetuned: Group<HostTensor>;
  /** Told what is done in another way than usual. */
  readonly note: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

export type Analysis = Pick<FinetuneResult, 'test' | 'similarity' | 'sharpness' | 'knn'>;

/** Test images on which the final similarity is measured: bounds the memory of all layers' features. */
const maxSimilarityImages = 2048;
/** Images of the old task that are the bank of neighbours, and those that look for theirs. */
const maxBankImages = 2000;
const maxQueryImages = 500;
/** Images in a batch of the sharpness programs at most. */
const maxSharpnessBatch = 48;

export async function analyse(context: AnalysisContext): Promise<Analysis> {
  const { prepared, onProgress } = context;
  const { splits, settings, oldData } = prepared;
  onProgress?.({ stage: 'Measuring on the test images', done: 0, total: 0 });
  const test = await testMetrics(context, splits.test);
  onProgress?.({ stage: 'Measuring the similarity of every layer', done: 0, total: 0 });
  const similarity = await finalSimilarity(context, splits.test);
  const knn = oldData === undefined ? undefined : await oldAbility(context, oldData);
  const sharpness = await fittingBatch(
    maxSharpnessBatch,
    (batch) => sharpnessOfBoth(context, batch),
    context.note,
  );
  return { test, similarity, ...(knn && settings.oldData !== undefined && { knn }), sharpness };
}

async function testMetrics(
  { prepared, network, finetuned, signal }: AnalysisContext,
  split: Split,
): Promise<FinetuneResult['test']> {
  const all = sampleIndices(split.count, split.count, 0);
  const [logits] = await network.evaluate(finetuned, split, all, [logitsWanted], { signal });
  return taskMetrics(prepared.dataset.task, logits!.data, split.labels, logits!.d);
}

/** `mean` is over all blocks and "final", those left out that are undefined. */
async function finalSimilarity(
  { prepared, network, finetuned, signal }: AnalysisContext,
  split: Split,
): Promise<FinetuneResult['similarity']> {
  const { checkpoint, settings } = prepared;
  const indices = sampleIndices(split.count, maxSimilarityImages, settings.seed);
  const samples = network.model.hasCls ? 'cls' : 'mean';
  const common = { measure: 'cka-debiased', samples, n: indices.length } as const;
  const names = network.model.layers;
  if (indices.length < leastSamples) {
    const why = `debiased CKA needs ${leastSamples} test images and there are ${indices.length}`;
    const layers = names.map((name) => ({ name, value: null, why }));
    return { ...common, layers, final: null, mean: null, why };
  }
  const similarities = await layerSimilarities(
    network,
    checkpoint.parameters,
    finetuned,
    split,
    indices,
    signal,
  );
  const layers = names.map((name, i) => ({ name, ...whyOf(similarities[i]!) }));
  const defined = layers.flatMap(({ value }) => (value === null ? [] : [value]));
  const final = layers[layers.length - 1]!;
  const why = final.why ?? layers.find((layer) => layer.why !== undefined)?.why;
  return {
    ...common,
    layers,
    final: final.value,
    mean: defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length,
    ...(why !== undefined && { why }),
  };
}

function whyOf(similarity: Similarity): { value: number | null; why?: string } {
  return similarity.value === null ? { value: null, why: similarity.why } : { value: similarity.value };
}

/** k-NN accuracy of the embedding "final" on the old task: training images are the bank, test images the queries. */
async function oldAbility(
  { prepared, network, finetuned, signal, onProgress }: AnalysisContext,
  { train, test }: NonNullable<Prepared['oldData']>,
): Promise<NonNullable<FinetuneResult['knn']>> {
  const { settings, checkpoint } = prepared;
  const bank = sampleIndices(train.count, maxBankImages, settings.seed);
  const queries = sampleIndices(test.count, maxQueryImages, settings.seed);
  const wanted = [{ group: 'cls' as const, name: 'final' }];
  const total = 2 * (bank.length + queries.length);
  let before = 0;
  const embed = async (parameters: Group<HostTensor>, split: Split, indices: Int32Array) => {
    const [features] = await network.evaluate(parameters, split, indices, wanted, {
      signal,
      onImages: (done) => onProgress?.({ stage: 'Measuring the old task', done: before + done, total }),
    });
    before += indices.length;
    return { features: features!, labels: labelsAt(split, indices) };
  };
  const accuracy = async (parameters: Group<HostTensor>) =>
    neighbourAccuracy(await embed(parameters, train, bank), await embed(parameters, test, queries));
  const pretrained = await accuracy(checkpoint.parameters);
  const after = await accuracy(finetuned);
  const why = whyOf(after).why ?? whyOf(pretrained).why;
  return { before: pretrained.value, after: after.value, ...(why !== undefined && { why }) };
}

/** On held-out and on training images; where both go in batches of one size, which is usual, the programs are compiled once. */
async function sharpnessOfBoth(context: AnalysisContext, most: number): Promise<Analysis['sharpness']> {
  const { runtime, prepared } = context;
  const { checkpoint, dataset, splits, settings } = prepared;
  const compiled = new Map<number, LossPrograms>();
  const programsFor = (images: number): LossPrograms => {
    const batch = evenBatch(images, most);
    const programs = compiled.get(batch) ?? lossPrograms(runtime, checkpoint.model, batch, dataset.task);
    compiled.set(batch, programs);
    return programs;
  };
  const on = (split: Split, kind: string) => {
    const indices = sampleIndices(split.count, settings.sharpnessSize, settings.seed);
    return sharpnessOn(context, programsFor(indices.length), split, indices, kind);
  };
  try {
    return { heldOut: await on(splits.test, 'held-out'), train: await on(splits.train, 'training') };
  } finally {
    for (const programs of compiled.values()) await programs.dispose();
  }
}

async function sharpnessOn(
  { prepared, finetuned, signal, onProgress }: AnalysisContext,
  programs: LossPrograms,
  split: Split,
  indices: Int32Array,
  kind: string,
): Promise<SharpnessFigures> {
  const { settings, checkpoint } = prepared;
  const { model, preprocessing } = checkpoint;
  const samples = await labelledImages(split, indices, preprocessing, signal);
  const whole = modelLossSurface(programs, samples, signal);
  try {
    const weights = await flattenParameters(model.parameters, finetuned);
    const { surface, w } = learnedSurface(model, whole, weights);
    return await measureSharpness(surface, w, {
      seed: settings.seed,
      ...(signal && { signal }),
      onProgress: ({ done, total }) =>
        onProgress?.({ stage: `Measuring the sharpness on ${kind} images`, done, total }),
    });
  } finally {
    whole.dispose();
  }
}
