/** The repair of tfjs's tape, in a process where nothing but `differentiate` asks for it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../../../src/core/compute/backend';
import { hessianVectorProduct } from '../../../src/core/compute/differentiate';
import { assertAllClose } from '../../support/allClose';

/** Functions whose kernel saves its output, and their second derivatives. */
const functions: readonly (readonly [tf: (x: tf.Tensor) => tf.Tensor, second: (x: number) => number])[] = [
  [(x) => tf.exp(x), Math.exp],
  [(x) => tf.tanh(x), (x) => -2 * Math.tanh(x) * (1 - Math.tanh(x) ** 2)],
  [(x) => tf.tanh(tf.exp(x)), secondOfTanhOfExp],
];

function secondOfTanhOfExp(x: number): number {
  const [inner, outer] = [Math.exp(x), Math.tanh(Math.exp(x))];
  return (1 - outer ** 2) * inner * (1 - 2 * outer * inner);
}

const points = [-0.7, 0.2, 0.5];

function secondDerivative(f: (x: tf.Tensor) => tf.Tensor): number[] {
  return withBackend('cpu', () =>
    tf.tidy(() => {
      const { product } = hessianVectorProduct(
        (p) => tf.sum(f(p.x!)),
        { x: tf.tensor1d(points) },
        { x: tf.onesLike(tf.tensor1d(points)) },
      );
      return Array.from(product.x!.dataSync());
    }),
  );
}

test('differentiate brings the repair with it', () => {
  for (const [f, second] of functions)
    assertAllClose(secondDerivative(f), points.map(second), { relative: 1e-5 }, String(f));
});

test('without the repair tfjs is wrong, and says nothing', () => {
  const engine = tf.engine() as unknown as { addTapeNode?: unknown };
  const repaired = engine.addTapeNode;
  assert.ok(Object.hasOwn(engine, 'addTapeNode'));
  // Only the repair is an own property: the method of the class is behind it.
  delete engine.addTapeNode;
  try {
    for (const [f, second] of functions)
      assert.throws(
        () => assertAllClose(secondDerivative(f), points.map(second), { relative: 0.05 }),
        /value\[0\]/,
        String(f),
      );
  } finally {
    engine.addTapeNode = repaired;
  }
});
