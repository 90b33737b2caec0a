/**
 * One training step as one program: forward, loss, gradient, clipping, AdamW and the learned rotation. Whatever changes
 * from step to step is an input, and the state (parameters, moments, rotations) stays where the runtime keeps it.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type LossWithExtras, valueExtrasAndGradient } from '../compute/differentiate';
import {
  type Group,
  type Groups,
  mapGroup,
  type Program,
  type Runtime,
  type TensorSpec,
} from '../compute/runtime';
import { headLogits } from '../models/head';
import type { ForwardPass } from '../models/model';
import { centreColumns } from './objectives/centre';
import { covarianceDistance } from './objectives/covariance';
import { featureDistance } from './objectives/feature';
import { procrustesDistance } from './objectives/procrustes';
import { rotationStep } from './objectives/rotation';
import { adamW, clipFactor, globalNorm } from './optimiser';
import { representation } from './representations';
import { frozenParameters, learnsRotation, movedBuffers, type StepPlan, stateSignature } from './stepState';
import { lossPerImage } from './taskLoss';
import { packed, unpacked, vectorPacks } from './vectorPacks';

const scalarNames = ['stepSize', 'epsilon', 'keep', 'lambda', 'rotationStepSize', 'rotationEpsilon'] as const;
export type StepScalars = Readonly<Record<(typeof scalarNames)[number], number>>;
export const metricNames = ['loss', 'crossEntropy', 'similarityLoss', 'gradientNorm'] as const;
export type StepMetrics = Readonly<Record<(typeof metricNames)[number], number>>;

/** Compiles the step. Inputs: the state, `batch`, `scalars`, and `frozen` or `pretrained`; outputs: the state and `metrics`. */
export function compileStep(runtime: Runtime, plan: StepPlan): Promise<Program> {
  const { model, settings, kept } = plan;
  const { method, batch } = settings;
  const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });
  const features = (layers: readonly string[]) =>
    Object.fromEntries(layers.map((layer) => [layer, float(batch, model.widths[layer]!)]));
  const readsImages = method !== 'linear' || plan.frozen === 'computed';
  const state = stateSignature(plan);
  const signature: Record<string, Group<TensorSpec>> = {
    ...state,
    batch: {
      targets: float(batch, model.classes),
      ...(plan.weighted && {
        weights: float(plan.task === 'multi-label' ? model.classes : batch),
      }),
      ...(readsImages && { images: float(batch, 3, model.input.height, model.input.width) }),
    },
    scalars: Object.fromEntries(usedScalars(plan).map((name) => [name, float()])),
  };
  if (plan.frozen === 'given') signature.pretrained = features(method === 'linear' ? ['final'] : kept);
  if (plan.frozen === 'computed') signature.frozen = frozenParameters(plan);
  return runtime.compile((inputs) => step(plan, inputs), signature, {
    resident: Object.keys(state),
  });
}

/** Scalars that the program of this plan takes. */
export function usedScalars(plan: StepPlan): readonly (typeof scalarNames)[number][] {
  return scalarNames.filter((name) => {
    if (name === 'lambda') return plan.kept.length > 0;
    if (name === 'rotationStepSize' || name === 'rotationEpsilon') return learnsRotation(plan);
    return true;
  });
}

function step(plan: StepPlan, inputs: Groups<tf.Tensor>): Groups<tf.Tensor> {
  const scalars = inputs.scalars as Readonly<Record<keyof StepScalars, tf.Tensor>>;
  const pretrained = pretrainedFeatures(plan, inputs);
  const rotations = Object.entries(inputs.rotation ?? {});
  const differentiated: Record<string, tf.Tensor> = { ...inputs.parameters };
  for (const [layer, rotation] of rotations) differentiated[rotationKey(layer)] = rotation;
  const { value, gradient, extras } = valueExtrasAndGradient(
    (trained) => loss(plan, inputs, trained, pretrained, scalars.lambda),
    differentiated,
  );

  const { parameters, first, second } = inputs as Readonly<
    Record<'parameters' | 'first' | 'second', Group<tf.Tensor>>
  >;
  const packs = vectorPacks(parameters);
  const pack = (group: Group<tf.Tensor>) => packed(packs, group);
  const slopes = pack(gradient);
  const gradientNorm = globalNorm(slopes);
  const factor = plan.settings.clip > 0 ? clipFactor(gradientNorm, plan.settings.clip) : undefined;
  const outputs: Record<string, Group<tf.Tensor>> = {
    ...mapGroup(adamW(pack(parameters), slopes, pack(first), pack(second), scalars, factor), (group) =>
      unpacked(packs, group, parameters),
    ),
    metrics: { loss: value, ...metricsOf(extras), gradientNorm },
  };
  if (inputs.buffers) outputs.buffers = buffersOf(inputs.buffers, extras);
  if (rotations.length > 0) {
    const turned = rotations.map(([layer, rotation]) => {
      const state = {
        rotation,
        first: inputs.rotationFirst![layer]!,
        second: inputs.rotationSecond![layer]!,
      };
      const slope = gradient[rotationKey(layer)]!;
      return [layer, rotationStep(state, slope, scalars.rotationStepSize, scalars.rotationEpsilon)] as const;
    });
    outputs.rotation = Object.fromEntries(turned.map(([layer, state]) => [layer, state.rotation]));
    outputs.rotationFirst = Object.fromEntries(turned.map(([layer, state]) => [layer, state.first]));
    outputs.rotationSecond = Object.fromEntries(turned.map(([layer, state]) => [layer, state.second]));
  }
  return outputs;
}

/** Keeps the new value of a buffer apart from the metrics among the extras. */
function bufferKey(name: string): string {
  return `buffer ${name}`;
}

function metricsOf(extras: Group<tf.Tensor>): Group<tf.Tensor> {
  return Object.fromEntries(
    metricNames.flatMap((name) => (extras[name] === undefined ? [] : [[name, extras[name]]])),
  );
}

/** A buffer that the pass gave no new value stays as it is. */
function buffersOf(buffers: Group<tf.Tensor>, extras: Group<tf.Tensor>): Group<tf.Tensor> {
  return Object.fromEntries(
    Object.entries(buffers).map(([name, value]) => [name, extras[bufferKey(name)] ?? tf.clone(value)]),
  );
}

/** New values of the buffers, as extras of the loss. */
function bufferExtras(plan: StepPlan, pass: ForwardPass): Group<tf.Tensor> {
  const buffers = Object.keys(movedBuffers(plan, plan.model.parameters));
  return Object.fromEntries(
    buffers.flatMap((name) => {
      const value = pass.updates?.[name];
      return value === undefined ? [] : [[bufferKey(name), value]];
    }),
  );
}

/** Keeps the rotation of a layer apart from the parameters while both are differentiated. */
function rotationKey(layer: string): string {
  return `rotation ${layer}`;
}

/** Column-centred features of the frozen network by layer. Outside of the gradient's tape: nothing flows back into it. */
function pretrainedFeatures(plan: StepPlan, inputs: Groups<tf.Tensor>): Group<tf.Tensor> {
  if (plan.kept.length === 0) return {};
  if (plan.frozen === 'given') {
    return Object.fromEntries(plan.kept.map((layer) => [layer, centreColumns(inputs.pretrained![layer]!)]));
  }
  const pass = plan.model.forward(inputs.frozen!, inputs.batch!.images!);
  return Object.fromEntries(
    plan.kept.map((layer) => [layer, centreColumns(representation(plan.model, pass, layer, 'cls'))]),
  );
}

/** The task's loss and, for RepSim, lambda times the mean over the kept layers of the objective. */
function loss(
  plan: StepPlan,
  inputs: Groups<tf.Tensor>,
  trained: Group<tf.Tensor>,
  pretrained: Group<tf.Tensor>,
  lambda: tf.Tensor,
): LossWithExtras {
  const { model, kept } = plan;
  const { images, targets, weights } = inputs.batch!;
  const taskLoss = (logits: tf.Tensor) =>
    tf.mean(lossPerImage(plan.task ?? 'multi-class', logits, targets!, weights));
  if (plan.settings.method === 'linear' && plan.frozen === 'given') {
    const crossEntropy = taskLoss(headLogits(trained, inputs.pretrained!.final!));
    return { loss: crossEntropy, extras: { crossEntropy } };
  }
  const pass = model.forward(
    { ...inputs.frozen, ...inputs.buffers, ...trained },
    images!,
    plan.settings.method === 'linear' ? 'evaluation' : 'training',
  );
  const crossEntropy = taskLoss(pass.logits);
  const extras = { crossEntropy, ...bufferExtras(plan, pass) };
  if (kept.length === 0) return { loss: crossEntropy, extras };
  const terms = kept.map((layer) => {
    const features = centreColumns(representation(model, pass, layer, 'cls'));
    return keptDistance(plan, features, pretrained[layer]!, trained[rotationKey(layer)]);
  });
  const similarityLoss = tf.div(tf.addN(terms), kept.length);
  return {
    loss: tf.add(crossEntropy, tf.mul(lambda, similarityLoss)),
    extras: { ...extras, similarityLoss },
  };
}

function keptDistance(
  { settings }: StepPlan,
  features: tf.Tensor,
  pretrained: tf.Tensor,
  rotation: tf.Tensor | undefined,
): tf.Tensor {
  if (settings.objective === 'feature' && settings.rotation === 'closed-form') {
    return procrustesDistance(features, pretrained);
  }
  // The closed form of the covariance objective arrives aligned already: see covarianceAlignment.ts.
  const aligned = rotation === undefined ? pretrained : tf.matMul(pretrained, rotation);
  return settings.objective === 'feature'
    ? featureDistance(features, aligned)
    : covarianceDistance(features, aligned);
}
