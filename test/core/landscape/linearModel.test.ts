/** A model of one parameter tensor and no bias, softmax regression, whose loss and Hessian are known in closed form. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import { compileLossPlane } from '../../../src/core/landscape/pointProgram';
import { randomFilterDirection } from '../../../src/core/landscape/randomDirections';
import type { VisionModel } from '../../../src/core/models/model';
import { lanczos } from '../../../src/core/sharpness/lanczos';
import { lossPrograms } from '../../../src/core/sharpness/lossPrograms';
import { modelLossSurface } from '../../../src/core/sharpness/modelLossSurface';
import { randomDirection } from '../../../src/core/sharpness/sam';
import { hutchPlusPlusTrace } from '../../../src/core/sharpness/trace';
import golden from '../sharpness/fixtures/reference-values.json';

const { X, W, eig, trace } = golden.curvature.hessian_softmax_ce;
const labels = [0, 2, 1, 1];
const model: VisionModel = {
  architecture: 'softmax regression',
  layers: ['final'],
  width: 3,
  widths: { final: 3 },
  classes: 3,
  input: { height: 1, width: 1 },
  parameters: { 'head.weight': { shape: [3, 3], dtype: 'float32' } },
  prefixTokens: 0,
  hasCls: false,
  buffers: [],
  forward(parameters, images) {
    const final = tf.reshape(images, [-1, 3]);
    const logits = tf.matMul(final, parameters['head.weight']!, false, true);
    return { blocks: [], final, logits };
  },
};
/** The reference has two features; the third one, of the pixels' third channel, is 0. */
const padded = (rows: readonly (readonly number[])[]) =>
  Float32Array.from(rows.flatMap((row) => [...row, 0]));
const samples = { images: padded(X), labels };
const weights = padded(W);

function lossAt(w: ArrayLike<number>): number {
  return labels.reduce((sum, label, i) => {
    const logits = [0, 1, 2].map((k) => w[3 * k]! * X[i]![0]! + w[3 * k + 1]! * X[i]![1]!);
    return sum + (Math.log(logits.reduce((z, value) => z + Math.exp(value), 0)) - logits[label]!) / 4;
  }, 0);
}

test('eigenvalues and trace are those of the reference Hessian', async () => {
  const programs = lossPrograms(createReferenceRuntime(), model, 3);
  const surface = modelLossSurface(programs, samples);
  const product = (v: Float32Array) => surface.hessianVector(weights, v);
  const options = { steps: 9, tolerance: 0, largest: 4 };
  const found = (await lanczos(product, randomDirection(9, 1, 1), options))!;
  found.largest.forEach(({ value }, i) => {
    near(value, eig[eig.length - 1 - i]!, 1e-5);
  });
  near((await hutchPlusPlusTrace(product, 9, { products: 27, seed: 0 }))!.value, trace, 1e-4);
  surface.dispose();
  await programs.dispose();
});

test('every point of a plane is the loss in closed form, on samples of four images and of one', async () => {
  const direction = (axis: number) => randomFilterDirection(model.parameters, weights, 3, axis);
  const axes = { origin: weights, first: direction(0), second: direction(1) };
  const one = { images: samples.images.subarray(0, 3), labels: [0] };
  const plane = await compileLossPlane(createReferenceRuntime(), model, axes, [samples, one], 3);
  const before = weights.slice();
  for (const [x, y] of [
    [0, 0],
    [0.5, -1],
    [-2, 0.25],
  ] as const) {
    const moved = weights.map((w, i) => w + x * axes.first[i]! + y * axes.second[i]!);
    const [four, single] = await plane.at(x, y);
    near(four!.loss, lossAt(moved), 1e-5);
    assert.ok([0, 1].includes(single!.accuracy));
    assert.ok([0, 0.25, 0.5, 0.75, 1].includes(four!.accuracy));
  }
  await assert.rejects(plane.at(0, 0, AbortSignal.abort(new Error('enough'))), /enough/);
  assert.deepEqual(weights, before);
  await plane.dispose();
});

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to ${tolerance}`);
}
