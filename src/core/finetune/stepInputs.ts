/** What a step is fed besides the state: the batch, the output of the frozen network, and the scalars of the moment. */
import type { DeviceTensor, Group, HostTensor } from '../compute/runtime';
import { comesAgain } from '../data/augmentation/presets';
import type { TrainBatch } from './batchFeed';
import type { FrozenFeatures } from './frozenFeatures';
import type { Network } from './network';
import { alignedByCovariance } from './objectives/covarianceAlignment';
import { adamScalars } from './optimiser';
import type { ResolvedSettings } from './prepare';
import { learningRate } from './schedule';
import { type StepScalars, usedScalars } from './step';
import type { StepPlan } from './stepState';

/** How the frozen network's features reach the step of this plan: see `StepPlan.frozen`. */
export function frozenSource(
  settings: Pick<ResolvedSettings, 'method' | 'augment' | 'mixup' | 'cutmix' | 'objective' | 'rotation'>,
): StepPlan['frozen'] {
  if (settings.method === 'full') return 'unused';
  // Where no image is seen twice there is nothing to keep; aligned covariances are always made beforehand.
  if (!comesAgain(settings) && !isAligned(settings)) return 'computed';
  return 'given';
}

/** Whether features are aligned between a forward pass and the step: see covarianceAlignment.ts. */
export function isAligned({
  method,
  objective,
  rotation,
}: Pick<ResolvedSettings, 'method' | 'objective' | 'rotation'>): boolean {
  return method === 'repsim' && objective === 'covariance' && rotation === 'closed-form';
}

/** The scalars of step `step` of `steps`. The rotation has no warm-up: it starts where it is right. */
export function stepScalars(settings: ResolvedSettings, steps: number, step: number): StepScalars {
  const { lr, warmup, weightDecay, lambda, rotationLr } = settings;
  const weights = adamScalars(learningRate({ peak: lr, steps, warmup }, step), weightDecay, step);
  const rotation = adamScalars(learningRate({ peak: rotationLr, steps, warmup: 0 }, step), 0, step);
  return { ...weights, lambda, rotationStepSize: rotation.stepSize, rotationEpsilon: rotation.epsilon };
}

export function scalarInputs(plan: StepPlan, scalars: StepScalars): Group<HostTensor> {
  return Object.fromEntries(
    usedScalars(plan).map((name) => [
      name,
      { shape: [], dtype: 'float32' as const, data: Float32Array.of(scalars[name]) },
    ]),
  );
}

export function batchInputs({ model, settings, frozen }: StepPlan, batch: TrainBatch): Group<HostTensor> {
  const { height, width } = model.input;
  const n = settings.batch;
  const vector = (data: Float32Array): HostTensor => ({ shape: [data.length], dtype: 'float32', data });
  const inputs = {
    targets: { shape: [n, model.classes], dtype: 'float32' as const, data: batch.targets },
    ...(batch.weights && { weights: vector(batch.weights) }),
  };
  if (settings.method === 'linear' && frozen === 'given') return inputs;
  return { ...inputs, images: { shape: [n, 3, height, width], dtype: 'float32', data: batch.images! } };
}

/** Group `pretrained` of a step whose frozen features are given. `parameters`: those of the moment, where features are aligned. */
export async function pretrainedInputs(
  plan: StepPlan,
  batch: TrainBatch,
  features: FrozenFeatures,
  network: Network,
  parameters: Group<HostTensor | DeviceTensor> | undefined,
  signal: AbortSignal | undefined,
): Promise<Group<HostTensor>> {
  const { widths } = plan.model;
  const n = plan.settings.batch;
  const frozen = await features.of(batch.keys, batch.pixels, signal);
  if (parameters !== undefined) {
    const all = Int32Array.from({ length: n }, (_, i) => i);
    const source = { pixels: async (indices: ArrayLike<number>) => imagesAt(batch.pixels!, n, indices) };
    const wanted = plan.kept.map((name) => ({ group: 'cls' as const, name }));
    const current = await network.evaluate(parameters, source, all, wanted, { signal });
    plan.kept.forEach((layer, l) => {
      frozen[layer] = alignedByCovariance(current[l]!, { n, d: widths[layer]!, data: frozen[layer]! });
    });
  }
  return Object.fromEntries(
    Object.entries(frozen).map(([layer, data]) => [
      layer,
      { shape: [n, widths[layer]!], dtype: 'float32', data },
    ]),
  );
}

/** The images at `places` of `n` images in one array. */
export function imagesAt(pixels: Uint8Array, n: number, places: ArrayLike<number>): Uint8Array {
  const length = pixels.length / n;
  const chosen = new Uint8Array(places.length * length);
  for (let p = 0; p < places.length; p++) {
    chosen.set(pixels.subarray(places[p]! * length, (places[p]! + 1) * length), p * length);
  }
  return chosen;
}
