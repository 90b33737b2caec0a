/**
 * Puts the vectors among the parameters (biases, norms) together for the optimiser. There are twice as many of them as there are
 * matrices, and an operation on a few hundred numbers costs what starting it costs.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Group } from '../compute/runtime';

/** With what they are packed into, as many buffers as every WebGPU device takes at once. Few, too, so that a pack is soon complete. */
const mostVectors = 7;

/** The names of the parameters in one pack, in order; a parameter that is not a vector is alone. */
export type Packs = readonly (readonly string[])[];

/** Vectors that follow one another, matrices between them left out; a pack stands where its first vector does. */
export function vectorPacks(parameters: Group<{ readonly shape: readonly number[] }>): Packs {
  const packs: string[][] = [];
  let open: string[] = [];
  for (const [name, { shape }] of Object.entries(parameters)) {
    if (shape.length !== 1) packs.push([name]);
    else if (open.length > 0 && open.length < mostVectors) open.push(name);
    else {
      open = [name];
      packs.push(open);
    }
  }
  return packs;
}

/** One tensor a pack, by the name of its first parameter. */
export function packed(packs: Packs, group: Group<tf.Tensor>): Group<tf.Tensor> {
  const one = (names: readonly string[]): tf.Tensor =>
    names.length === 1 ? group[names[0]!]! : tf.concat(names.map((name) => group[name]!));
  return Object.fromEntries(packs.map((names) => [names[0]!, one(names)]));
}

/** The inverse of `packed`; `like` has the shapes. */
export function unpacked(packs: Packs, group: Group<tf.Tensor>, like: Group<tf.Tensor>): Group<tf.Tensor> {
  const parts = packs.flatMap((names) => {
    const whole = group[names[0]!]!;
    if (names.length === 1) return [[names[0]!, whole] as const];
    const extents = names.map((name) => like[name]!.shape[0]!);
    return tf.split(whole, extents).map((part, i) => [names[i]!, part] as const);
  });
  return Object.fromEntries(parts);
}
