/** The state of a training and the compiled step that moves it: parameters, moments and rotations, where the runtime keeps them. */
import type { ReportProgress } from '../../protocol/progress';
import { OutOfMemoryError } from '../compute/deviceErrors';
import type { DeviceTensor, Group, Groups, HostTensor, Runtime } from '../compute/runtime';
import { isDeviceTensor, mapGroup, sizeOf } from '../compute/runtime';
import { comesAgain } from '../data/augmentation/presets';
import type { TrainBatch } from './batchFeed';
import { createFrozenFeatures } from './frozenFeatures';
import type { Network } from './network';
import type { Prepared } from './prepare';
import { createResidentFeatures, type ResidentFeatures } from './residentFeatures';
import { compileStep, metricNames, type StepMetrics } from './step';
import {
  batchInputs,
  frozenSource,
  isAligned,
  pretrainedInputs,
  scalarInputs,
  stepScalars,
} from './stepInputs';
import { frozenParameters, type StepPlan, stateGroups, stateSignature } from './stepState';

type State = Groups<HostTensor | DeviceTensor>;

export interface Optimisation {
  /** Makes one step; the state moves only if loss and gradient are finite, which the caller reads from the metrics. */
  step(batch: TrainBatch, signal?: AbortSignal): Promise<StepMetrics>;
  /** Whether the images of a batch with these keys are needed. */
  needsImages(keys: Int32Array): boolean;
  /**
   * Puts the features of the frozen network on the device, those that are missing computed, where that saves the steps a transfer and
   * there is room.
   */
  keepOnDevice(signal?: AbortSignal, onProgress?: ReportProgress): Promise<void>;
  /** All parameters of the network as they are now; valid until the next step. */
  parameters(): Group<HostTensor | DeviceTensor>;
  /** The state in ordinary memory; valid until the next step and until `dispose`. */
  read(): Promise<Groups<HostTensor>>;
  dispose(): Promise<void>;
}

export function stepPlan({ checkpoint, dataset, settings, kept }: Prepared): StepPlan {
  return {
    model: checkpoint.model,
    task: dataset.task,
    weighted: settings.classWeights === 'balanced',
    settings,
    kept,
    frozen: frozenSource(settings),
  };
}

/** Parameters and buffers of the pretrained model, moments of 0, rotations of 1. */
export function initialState(plan: StepPlan, parameters: Group<HostTensor>): Groups<HostTensor> {
  const state: Record<string, Record<string, HostTensor>> = {};
  for (const [group, members] of Object.entries(stateSignature(plan))) {
    state[group] = {};
    for (const [name, { shape, dtype }] of Object.entries(members)) {
      const data = new Float32Array(sizeOf(shape));
      if (group === 'parameters' || group === 'buffers') data.set(parameters[name]!.data);
      if (group === 'rotation') for (let i = 0; i < data.length; i += shape[0]! + 1) data[i] = 1;
      state[group][name] = { shape, dtype, data };
    }
  }
  return state;
}

/** `network`: the same model compiled for evaluation, which runs the frozen side. `start`: as `initialState` makes it. */
export async function createOptimisation(
  runtime: Runtime,
  prepared: Prepared,
  network: Network,
  start: Groups<HostTensor>,
): Promise<Optimisation> {
  const { settings, checkpoint, splits, steps } = prepared;
  const plan = stepPlan(prepared);
  const aligned = isAligned(settings);
  const program = await compileStep(runtime, plan);
  const upload = (group: Group<HostTensor>): Group<DeviceTensor> =>
    mapGroup(group, (tensor) => runtime.upload(tensor));
  const pretrained = upload(checkpoint.parameters);
  const frozen = Object.fromEntries(
    Object.keys(frozenParameters(plan)).map((name) => [name, pretrained[name]!]),
  );
  const layers = settings.method === 'linear' ? ['final'] : plan.kept;
  const { count } = splits.train;
  const features = createFrozenFeatures(network, pretrained, layers, count, comesAgain(settings));
  let resident: ResidentFeatures | undefined;
  let mayReside = plan.frozen === 'given' && !aligned && runtime.keepsUploads === true;
  let state: State = Object.fromEntries(
    Object.entries(start).map(([group, tensors]) => [group, upload(tensors)]),
  );
  const parameters = () => ({ ...pretrained, ...state.parameters, ...state.buffers });
  const run = async (batch: TrainBatch, signal: AbortSignal | undefined) => {
    const inputs: Record<string, Group<HostTensor | DeviceTensor>> = {
      ...state,
      batch: batchInputs(plan, batch),
      scalars: scalarInputs(plan, stepScalars(settings, steps, batch.step)),
    };
    if (plan.frozen === 'computed') inputs.frozen = frozen;
    if (plan.frozen !== 'given') return program.run(inputs);
    const current = aligned ? parameters() : undefined;
    const given =
      (await resident?.of(batch.keys)) ??
      (await pretrainedInputs(plan, batch, features, network, current, signal));
    try {
      return await program.run({ ...inputs, pretrained: given });
    } finally {
      disposeAll({ given });
    }
  };
  /** What is on the device for speed alone goes first when its memory does not suffice. */
  const runWithRoom = async (batch: TrainBatch, signal: AbortSignal | undefined) => {
    try {
      return await run(batch, signal);
    } catch (error) {
      if (resident === undefined || !(error instanceof OutOfMemoryError)) throw error;
      await resident.dispose();
      resident = undefined;
      return run(batch, signal);
    }
  };

  return {
    parameters,
    needsImages: (keys) => settings.method !== 'linear' || !features.has(keys),
    async keepOnDevice(signal, onProgress) {
      if (!mayReside) return;
      mayReside = false;
      const { widths, input: size } = plan.model;
      try {
        resident = await createResidentFeatures({
          ...{ runtime, features, size, signal, onProgress },
          length: layers.reduce((sum, layer) => sum + widths[layer]!, 0),
          split: splits.train,
          mirrored: settings.augment === 'flip',
          batch: settings.batch,
        });
      } catch (error) {
        // Without room the batches go on bringing theirs.
        if (!(error instanceof OutOfMemoryError)) throw error;
      }
    },
    async step(batch, signal) {
      const outputs = await runWithRoom(batch, signal);
      const metrics = await readMetrics(outputs.metrics!);
      const next: State = Object.fromEntries(
        stateGroups.flatMap((group) => (outputs[group] ? [[group, outputs[group]]] : [])),
      );
      const finite = Number.isFinite(metrics.loss) && Number.isFinite(metrics.gradientNorm);
      disposeAll(finite ? state : next);
      if (finite) state = next;
      return metrics;
    },
    read: () => readState(state),
    async dispose() {
      disposeAll({ ...state, pretrained });
      await resident?.dispose();
      await features.dispose();
      await program.dispose();
    },
  };
}

async function readMetrics(tensors: Group<DeviceTensor>): Promise<StepMetrics> {
  const metrics: Record<string, number> = {};
  for (const name of metricNames) {
    const tensor = tensors[name];
    if (tensor === undefined) continue;
    metrics[name] = (await tensor.read())[0]!;
    tensor.dispose();
  }
  return metrics as StepMetrics;
}

async function readState(state: State): Promise<Groups<HostTensor>> {
  const host: Record<string, Record<string, HostTensor>> = {};
  for (const [group, tensors] of Object.entries(state)) {
    host[group] = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      const { shape, dtype } = tensor;
      host[group][name] = { shape, dtype, data: isDeviceTensor(tensor) ? await tensor.read() : tensor.data };
    }
  }
  return host;
}

function disposeAll(groups: State): void {
  for (const group of Object.values(groups)) {
    for (const tensor of Object.values(group)) if (isDeviceTensor(tensor)) tensor.dispose();
  }
}
