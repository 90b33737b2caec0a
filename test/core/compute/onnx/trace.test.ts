/** What compiling a function accepts, what it refuses and in which words, and that it leaves tfjs as it was. */
import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { largestConstant } from '../../../../src/core/compute/onnx/graph';
import { trace } from '../../../../src/core/compute/onnx/trace';
import type { ProgramFunction, Signature } from '../../../../src/core/compute/runtime';

const signature: Signature = { in: { x: { shape: [2, 3], dtype: 'float32' } } };

function traced(fn: (x: tf.Tensor) => tf.Tensor) {
  return trace((inputs) => ({ out: { y: fn(inputs.in!.x!) } }), signature, 'onnx-cpu');
}

test('inputs and outputs keep their groups, names, shapes and dtypes', () => {
  const fn: ProgramFunction = ({ in: group }) => ({
    sums: { rows: tf.sum(group!.x!, 1), all: tf.sum(group!.x!) },
    flags: { positive: tf.greater(group!.x!, 0) },
  });
  const { inputs, outputs } = trace(fn, signature, 'onnx-cpu');
  assert.deepEqual(
    inputs.map(({ group, name, shape, dtype }) => [group, name, shape, dtype]),
    [['in', 'x', [2, 3], 'float32']],
  );
  assert.deepEqual(
    outputs.map(({ group, name, shape, dtype }) => [group, name, shape, dtype]),
    [
      ['sums', 'rows', [2], 'float32'],
      ['sums', 'all', [], 'float32'],
      ['flags', 'positive', [2, 3], 'bool'],
    ],
  );
});

test('an input that nothing depends on is not part of the model', () => {
  const { inputs } = traced(() => tf.scalar(2));
  assert.deepEqual(inputs, []);
});

test('reading a value says to return the tensor instead', () => {
  for (const read of [
    (x: tf.Tensor) => x.dataSync(),
    (x: tf.Tensor) => x.arraySync(),
    (x: tf.Tensor) => x.print(),
  ]) {
    assert.throws(
      () =>
        traced((x) => {
          read(tf.add(x, 1));
          return x;
        }),
      /was read .* return the tensor as an output/,
    );
  }
});

test('a kernel that cannot be compiled is named', () => {
  assert.throws(
    () => traced((x) => tf.localResponseNormalization(tf.reshape(x, [1, 2, 3, 1]) as tf.Tensor4D)),
    /kernel "LRN" cannot be compiled/,
  );
});

test('random numbers and dropout are refused, seeded or not', () => {
  const random: readonly [string, (x: tf.Tensor) => tf.Tensor][] = [
    ['randomNormal', (x) => tf.add(x, tf.randomNormal([2, 3]))],
    ['randomUniform', (x) => tf.add(x, tf.randomUniform([2, 3], 0, 1, 'float32', 7))],
    ['randomStandardNormal', (x) => tf.add(x, tf.randomStandardNormal([2, 3], 'float32', 7))],
    ['truncatedNormal', (x) => tf.add(x, tf.truncatedNormal([2, 3]))],
    ['dropout', (x) => tf.dropout(x, 0.5, undefined, 7)],
  ];
  for (const [name, fn] of random) {
    assert.throws(() => traced(fn), new RegExp(`tf\\.${name} .* pass masks and noise as inputs`));
  }
});

test('a large host array says to pass it as an input, a uniform one of any size is fine', () => {
  const values = Float32Array.from({ length: largestConstant + 1 }, (_, i) => i);
  assert.throws(() => traced((x) => tf.add(tf.sum(x), tf.tensor1d(values))), /pass it as an input/);
  const { model } = traced((x) => tf.add(tf.sum(x), tf.zeros([largestConstant + 1])));
  assert.ok(model.length < 1000);
});

test('a tf.variable says to pass its value as an input', () => {
  const variable = tf.variable(tf.scalar(1), false, 'bias');
  try {
    assert.throws(
      () => traced((x) => tf.add(x, variable)),
      /tf\.variable "bias" .* pass its value as an input/,
    );
  } finally {
    variable.dispose();
  }
});

test('a tensor kept from another trace says what to do', () => {
  let leaked: tf.Tensor | undefined;
  traced((x) => {
    leaked = tf.keep(tf.add(x, 1));
    return x;
  });
  assert.throws(() => traced((x) => tf.add(x, leaked!)), /of another program/);
  assert.throws(() => leaked!.dataSync(), /was read/);
});

test('an output that is no tensor is named', () => {
  const fn = (() => ({ out: { y: 3 } })) as unknown as ProgramFunction;
  assert.throws(() => trace(fn, signature, 'onnx-cpu'), /output "out\.y" is not a tensor/);
});

test('compiling inside a program is refused, and the next compilation works', () => {
  assert.throws(
    () =>
      traced((x) => {
        traced((y) => y);
        return x;
      }),
    /compiled inside the function of another/,
  );
  assert.equal(traced((x) => tf.add(x, 1)).outputs.length, 1);
});

test('the tfjs backend is as before, also after an error, and no tensor is left behind', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  traced((x) => tf.grad((v) => tf.sum(tf.exp(tf.softmax(v))))(x));
  assert.equal(tf.getBackend(), 'cpu');
  assert.throws(() =>
    traced(() => {
      throw new Error('stop');
    }),
  );
  assert.throws(() => traced((x) => tf.grad((v) => tf.scalar(v.dataSync()[0]!))(x)));
  assert.equal(tf.getBackend(), 'cpu');
  assert.equal(tf.memory().numTensors, before);
  assert.deepEqual([...tf.add(tf.tensor1d([1, 2]), 1).dataSync()], [2, 3]);
});
