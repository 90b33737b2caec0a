/** The reference runtime keeps the contract of a runtime: whose memory is whose, and what is refused. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import type { Groups, Signature } from '../../../src/core/compute/runtime';
import { floats } from '../../support/tensors';

const signature: Signature = { in: { x: { shape: [2], dtype: 'float32' } } };
const runtime = createReferenceRuntime();
const program = () =>
  runtime.compile(
    ({ in: { x } }: Groups<tf.Tensor>) => ({ out: { same: x!, twice: tf.mul(x!, 2) } }),
    signature,
  );

test('outputs are memory of their own, inputs stay as they are', async () => {
  const x = floats([2], [1, 2]);
  const { out } = await (await program()).run({ in: { x } });
  (x.data as Float32Array).fill(9);
  assert.deepEqual(out!.same!.shape, [2]);
  assert.equal(out!.same!.dtype, 'float32');
  assert.deepEqual([...(await out!.same!.read())], [1, 2]);
  assert.deepEqual([...(await out!.twice!.read())], [2, 4]);
});

test('outputs of one run are inputs of the next', async () => {
  const twice = await program();
  const first = await twice.run({ in: { x: runtime.upload(floats([2], [1, 2])) } });
  const second = await twice.run({ in: { x: first.out!.twice! } });
  assert.deepEqual([...(await second.out!.twice!.read())], [4, 8]);
  assert.deepEqual([...(await first.out!.twice!.read())], [2, 4]);
});

test('a disposed tensor is refused, disposing twice is not', async () => {
  const x = runtime.upload(floats([2], [1, 2]));
  x.dispose();
  x.dispose();
  await assert.rejects(x.read(), /after it was disposed of/);
  await assert.rejects((await program()).run({ in: { x } }), /after it was disposed of/);
});

test('wrong inputs are named as by every runtime', async () => {
  const run = (await program()).run({ in: { x: floats([3], [1, 2, 3]) } });
  await assert.rejects(run, /"in\.x" is float32 \[3\], the program was compiled for float32 \[2\]/);
});

test('of a run nothing is left but its outputs, until they are disposed of', async () => {
  const before = tf.memory().numTensors;
  const { out } = await (await program()).run({ in: { x: floats([2], [1, 2]) } });
  assert.equal(tf.memory().numTensors, before + Object.keys(out!).length);
  for (const tensor of Object.values(out!)) tensor.dispose();
  assert.equal(tf.memory().numTensors, before);
});
