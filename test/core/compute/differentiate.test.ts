/** First and second derivatives of functions of named tensors. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../../../src/core/compute/backend';
import {
  hessianVectorProduct,
  valueAndGradient,
  valueExtrasAndGradient,
} from '../../../src/core/compute/differentiate';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import type { Group, Groups } from '../../../src/core/compute/runtime';
import { assertAllClose } from '../../support/allClose';
import { observedKernels } from '../../support/observedKernels';
import { runProgram } from '../../support/runProgram';
import { floats } from '../../support/tensors';

/** Runs `body` on the cpu backend with x = [1, 2] and y = [3, 4], and frees what it makes. */
function onTensors<T>(body: (parameters: { x: tf.Tensor; y: tf.Tensor }) => T): T {
  return withBackend('cpu', () => {
    const [x, y] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
    tf.engine().startScope('test');
    try {
      return body({ x, y });
    } finally {
      tf.engine().endScope();
      x.dispose();
      y.dispose();
    }
  });
}

const values = (tensor: tf.Tensor | undefined) => Array.from(tensor!.dataSync());
const lists = (group: Group<tf.Tensor>) =>
  Object.fromEntries(Object.entries(group).map(([name, tensor]) => [name, values(tensor)]));

test('a gradient has the names and shapes of the parameters', () => {
  onTensors((parameters) => {
    const { value, gradient } = valueAndGradient(({ x, y }) => tf.sum(tf.mul(tf.square(x!), y!)), parameters);
    assert.deepEqual(values(value), [19]);
    assert.deepEqual(lists(gradient), { x: [6, 16], y: [1, 4] });
  });
});

test('parameters that the loss does not use have a gradient of zeros', () => {
  onTensors(({ x, y }) => {
    const { gradient } = valueAndGradient((p) => tf.sum(p.x!), { x, y, z: tf.ones([2, 3]) });
    assert.deepEqual(lists(gradient), { x: [1, 1], y: [0, 0], z: [0, 0, 0, 0, 0, 0] });
    assert.deepEqual(gradient.z!.shape, [2, 3]);
  });
});

test('a Hessian is multiplied over all parameters, and is zero where they do not meet', () => {
  onTensors((parameters) => {
    const loss = ({ x, y }: Group<tf.Tensor>) => tf.sum(tf.mul(tf.square(x!), y!));
    const vector = { x: tf.tensor1d([1, 0]), y: tf.tensor1d([0, 1]), z: tf.scalar(5) };
    const { value, gradient, product } = hessianVectorProduct(
      loss,
      { ...parameters, z: tf.scalar(1) },
      vector,
    );
    assert.deepEqual(values(value), [19]);
    assert.deepEqual(lists(gradient), { x: [6, 16], y: [1, 4], z: [0] });
    // d2/dx2 = 2y, d2/dxdy = 2x, an element at a time.
    assert.deepEqual(lists(product), { x: [6, 4], y: [2, 0], z: [0] });
  });
});

test('the Hessian of a linear function is zero, also along the parameters themselves', () => {
  onTensors((parameters) => {
    const { product } = hessianVectorProduct((p) => tf.sum(p.x!), parameters, parameters);
    assert.deepEqual(lists(product), { x: [0, 0], y: [0, 0] });
  });
});

test('a loss that is not one number is refused', () => {
  onTensors((parameters) => {
    assert.throws(() => valueAndGradient((p) => tf.square(p.x!), parameters), {
      message: 'The loss has the shape [2]: make it one number.',
    });
  });
});

test('a parameter may be called as anything else that is handed out', () => {
  onTensors(({ x, y }) => {
    const { value, product } = hessianVectorProduct(
      (p) => tf.add(tf.sum(tf.square(p.value!)), tf.sum(p['gradient value']!)),
      { value: x, 'gradient value': y },
      { value: x, 'gradient value': y },
    );
    assert.deepEqual(values(value), [12]);
    assert.deepEqual(lists(product), { value: [2, 4], 'gradient value': [0, 0] });
  });
});

test('extras are what the loss computed on its way, not computed again', () => {
  onTensors((parameters) => {
    const { result, kernels } = observedKernels(() =>
      valueExtrasAndGradient(({ x }) => {
        const e = tf.exp(x!);
        return { loss: tf.sum(e), extras: { e, x: x! } };
      }, parameters),
    );
    assert.equal(kernels.filter((kernel) => kernel === tf.Exp).length, 1);
    assertAllClose(values(result.extras.e), [Math.E, Math.E ** 2], { relative: 1e-6 });
    assert.deepEqual(values(result.extras.x), [1, 2]);
    assertAllClose(values(result.gradient.x), [Math.E, Math.E ** 2], { relative: 1e-6 });
  });
});

test('a loss may use gradients itself', () => {
  onTensors((parameters) => {
    // |d/dx sum x^3|^2 = sum 9 x^4, whose gradient is 36 x^3
    const { value, gradient, extras } = valueExtrasAndGradient((p) => {
      const inner = valueExtrasAndGradient((q) => {
        const cubes = tf.pow(q.x!, 3);
        return { loss: tf.sum(cubes), extras: { cubes } };
      }, p);
      return { loss: tf.sum(tf.square(inner.gradient.x!)), extras: inner.extras };
    }, parameters);
    assertAllClose(values(value), [153], { relative: 1e-6 });
    assertAllClose(values(gradient.x), [36, 288], { relative: 1e-5 });
    assert.deepEqual(values(gradient.y), [0, 0]);
    assertAllClose(values(extras.cubes), [1, 8], { relative: 1e-6 });
  });
});

test('what is computed outside of a loss counts as given', () => {
  onTensors(({ x, y }) => {
    const outside = tf.square(x);
    const { gradient } = valueAndGradient((p) => tf.sum(tf.mul(p.x!, outside)), { x, y });
    assert.deepEqual(values(gradient.x), [1, 4]);
  });
});

// tfjs itself leaves what kernels saved for their gradients behind if one fails; nothing here saves.
test('no tensor is left behind, whether it goes well or not', async () => {
  const runtime = createReferenceRuntime();
  const before = tf.memory();
  const inputs = { in: { x: floats([3], [1, 2, 3]) } };
  const squares = (p: Group<tf.Tensor>) => tf.sum(tf.square(tf.softmax(p.x!)));
  const programs: readonly ((groups: Groups<tf.Tensor>) => Groups<tf.Tensor>)[] = [
    ({ in: p }) => ({ gradient: valueAndGradient(squares, p!).gradient }),
    ({ in: p }) => ({ product: hessianVectorProduct(squares, p!, p!).product }),
    ({ in: p }) => {
      const { extras } = valueExtrasAndGradient((q) => ({ loss: squares(q), extras: { x: q.x! } }), p!);
      return { extras };
    },
  ];
  for (const program of programs) await runProgram(runtime, program, inputs);
  assert.equal(tf.memory().numTensors, before.numTensors);

  const failing: readonly ((groups: Groups<tf.Tensor>) => Groups<tf.Tensor>)[] = [
    ({ in: p }) => ({
      gradient: valueAndGradient(() => {
        throw new Error('in the loss');
      }, p!).gradient,
    }),
    // No gradient.
    ({ in: p }) => ({
      extras: valueExtrasAndGradient((q) => ({ loss: tf.prod(q.x!), extras: { minus: tf.neg(q.x!) } }), p!)
        .extras,
    }),
  ];
  for (const program of failing) await assert.rejects(runProgram(runtime, program, inputs), String(program));
  assert.equal(tf.memory().numTensors, before.numTensors);
  assert.equal(tf.memory().numDataBuffers, before.numDataBuffers);
});
