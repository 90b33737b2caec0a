/** What a training step is planned to do, and the state that it moves. */
import type { FinetuneSettings } from '../../protocol/settings';
import type { Task } from '../../protocol/tasks';
import type { Group, Signature, TensorSpec } from '../compute/runtime';
import { headPrefix, type VisionModel, withoutBuffers } from '../models/model';

export interface StepPlan {
  readonly model: VisionModel;
  /** Default: one class an image. */
  readonly task?: Task;
  /** Whether the batch brings weights of its images or labels. */
  readonly weighted?: boolean;
  readonly settings: Pick<FinetuneSettings, 'method' | 'objective' | 'rotation' | 'clip' | 'batch'>;
  /** Layers that RepSim keeps; empty for the other methods. */
  readonly kept: readonly string[];
  /**
   * Where the output of the frozen network comes from. `given`: the batch holds it (group `pretrained` by layer; for `linear`
   * the embedding "final", and no images). `computed`: the step runs the frozen network, whose parameters are group `frozen`.
   */
  readonly frozen: 'given' | 'computed' | 'unused';
}

/** Groups that go in and come out: `buffers` only where the model has some and they move, those of the rotation where one is learned. */
export const stateGroups = [
  'parameters',
  'buffers',
  'first',
  'second',
  'rotation',
  'rotationFirst',
  'rotationSecond',
] as const;

/** The parameters that a gradient moves: all but the buffers, of `linear` the head's. By parameter name. */
export function trainedOnly<T>(
  { model, settings }: Pick<StepPlan, 'model' | 'settings'>,
  group: Group<T>,
): Group<T> {
  const learned = withoutBuffers(model, group);
  if (settings.method !== 'linear') return learned;
  return Object.fromEntries(Object.entries(learned).filter(([name]) => name.startsWith(headPrefix)));
}

/** The buffers that the training moves: none under a frozen body, which stays in evaluation mode. */
export function movedBuffers<T>(
  { model, settings }: Pick<StepPlan, 'model' | 'settings'>,
  group: Group<T>,
): Group<T> {
  if (settings.method === 'linear') return {};
  return Object.fromEntries(model.buffers.map((name) => [name, group[name]!]));
}

export function learnsRotation({ settings }: Pick<StepPlan, 'settings'>): boolean {
  return settings.method === 'repsim' && settings.rotation === 'learned';
}

/** Names and shapes of the state, by group. */
export function stateSignature(plan: StepPlan): Signature {
  const { model, kept } = plan;
  const trained = trainedOnly(plan, model.parameters);
  const state: Record<string, Group<TensorSpec>> = { parameters: trained, first: trained, second: trained };
  const buffers = movedBuffers(plan, model.parameters);
  if (Object.keys(buffers).length > 0) state.buffers = buffers;
  if (learnsRotation(plan)) {
    const rotations = Object.fromEntries(
      kept.map((layer) => {
        const width = model.widths[layer]!;
        return [layer, { shape: [width, width], dtype: 'float32' as const }];
      }),
    );
    Object.assign(state, { rotation: rotations, rotationFirst: rotations, rotationSecond: rotations });
  }
  return state;
}

/** The parameters of the frozen network that the step needs: for `linear` the part that is not trained, else all. */
export function frozenParameters(plan: StepPlan): Group<TensorSpec> {
  const { parameters } = plan.model;
  if (plan.settings.method !== 'linear') return parameters;
  const trained = trainedOnly(plan, parameters);
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => !(name in trained)));
}
