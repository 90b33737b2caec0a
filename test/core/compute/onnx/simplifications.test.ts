/** What is left out of a compiled program, read from the operations of its model. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import type { Target } from '../../../../src/core/compute/onnx/graph';
import { trace } from '../../../../src/core/compute/onnx/trace';
import { convolution } from '../../../../src/core/compute/operations/convolution';
import { evenGeometry } from '../../../../src/core/compute/operations/convolutionGeometry';
import { layerNorm } from '../../../../src/core/compute/operations/layerNorm';
import type { TensorSpec } from '../../../../src/core/compute/runtime';

const float = (...shape: number[]): TensorSpec => ({ shape, dtype: 'float32' });

/** The operations that a function of tensors of these shapes becomes. */
function operations(
  shapes: readonly (readonly number[])[],
  fn: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  target: Target = 'onnx-cpu',
): string[] {
  const specs = Object.fromEntries(shapes.map((shape, i) => [`x${i}`, float(...shape)]));
  const { nodes } = trace(
    ({ in: inputs }) => ({
      out: Object.fromEntries([fn(...Object.values(inputs!))].flat().map((y, i) => [`y${i}`, y])),
    }),
    { in: specs },
    target,
  );
  return nodes.map(({ op }) => op);
}

test('neutral operands vanish', () => {
  const neutral: readonly ((x: tf.Tensor) => tf.Tensor)[] = [
    (x) => tf.add(x, 0),
    (x) => tf.sub(x, tf.zeros([2, 3])),
    (x) => tf.mul(tf.ones([3]), x),
    (x) => tf.div(x, 1),
    (x) => tf.pow(x, 1),
    (x) => tf.reshape(tf.reshape(x, [6]), [2, 3]),
    (x) => tf.transpose(tf.transpose(x)),
    (x) => tf.slice(x, [0, 0], [2, 3]),
    (x) => tf.cast(x, 'float32'),
    (x) => tf.tile(x, [1, 1]),
    (x) => tf.concat([x, tf.zeros([0, 3])]),
    (x) => tf.where(tf.onesLike(tf.cast(x, 'bool')), x, tf.neg(x)),
  ];
  for (const fn of neutral) assert.deepEqual(operations([[2, 3]], fn), ['Identity'], String(fn));
});

test('what is computed twice is computed once', () => {
  assert.deepEqual(
    operations([[2, 3]], (x) => tf.add(tf.mul(tf.exp(x), 2), tf.exp(x))).filter((op) => op === 'Exp'),
    ['Exp'],
  );
});

test('attributes keep operations apart', () => {
  const twoSums = operations([[2, 2]], (x) => [tf.cumsum(x, 1), tf.cumsum(x, 1, true), tf.cumsum(x, 0)]);
  assert.deepEqual(twoSums, ['CumSum', 'CumSum', 'CumSum']);
});

test('numbers are computed while compiling', () => {
  assert.deepEqual(
    operations([[2, 3]], (x) => tf.mul(x, tf.sqrt(tf.add(tf.scalar(1), 3)))),
    ['Mul'],
  );
});

test('a broadcast that a consumer makes anyway is no operation', () => {
  assert.deepEqual(
    operations([[3], [2, 3]], (x, y) => tf.add(tf.broadcastTo(x, [2, 3]), y)),
    ['Add'],
  );
  // The gradient of a mean is a broadcast, multiplied here.
  assert.deepEqual(
    operations(
      [
        [4, 3],
        [4, 3],
      ],
      (x, y) => tf.mul(tf.grad((v) => tf.sum(tf.mean(v, 0)))(x), y),
    ),
    ['Mul'],
  );
});

test('a sum over a broadcast is a product', () => {
  assert.deepEqual(
    operations([[3]], (x) => tf.sum(tf.broadcastTo(x, [5, 3]), 0)),
    ['Mul'],
  );
});

test('a transpose that feeds a product becomes part of it', () => {
  assert.deepEqual(
    operations(
      [
        [5, 2],
        [5, 4],
      ],
      (x, y) => tf.matMul(tf.transpose(x), y),
    ),
    ['Gemm'],
  );
  assert.deepEqual(
    operations(
      [
        [6, 2, 3],
        [6, 4, 3],
      ],
      (x, y) => tf.matMul(x, tf.transpose(y, [0, 2, 1])),
    ),
    ['FusedMatMul'],
  );
});

test('a row added to a product becomes the bias of it', () => {
  assert.deepEqual(
    operations([[5, 2], [4, 2], [4]], (x, w, b) => tf.add(tf.matMul(x, w, false, true), b)),
    ['Gemm'],
  );
});

test('a product is scaled on the way, unless something else uses it unscaled', () => {
  assert.deepEqual(
    operations(
      [
        [6, 2, 3],
        [6, 3, 4],
      ],
      (x, y) => tf.mul(tf.matMul(x, y), 0.5),
    ),
    ['FusedMatMul'],
  );
  const twice = operations(
    [
      [6, 2, 3],
      [6, 3, 4],
    ],
    (x, y) => {
      const product = tf.matMul(x, y);
      return [tf.mul(product, 0.5), tf.square(product)];
    },
  );
  assert.equal(twice.filter((op) => /MatMul/.test(op)).length, 1);
});

test('a factor that was scaled is scaled by the product', () => {
  assert.deepEqual(
    operations(
      [
        [6, 2, 3],
        [6, 4, 3],
      ],
      (x, y) => tf.matMul(tf.mul(x, 0.5), tf.mul(y, 3), false, true),
    ),
    ['FusedMatMul'],
  );
});

test('a layer norm is one operation, two where the normalised value is needed too', () => {
  const norm = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => layerNorm(x, gamma, beta, 1e-6);
  assert.deepEqual(operations([[4, 8], [8], [8]], norm), ['LayerNormalization']);
  const withGradient = operations([[4, 8], [8], [8]], (x, gamma, beta) => [
    norm(x, gamma, beta),
    tf.grad((g) => tf.sum(tf.square(norm(x, g, beta))))(gamma),
  ]);
  assert.equal(withGradient.filter((op) => op === 'LayerNormalization').length, 1);
});

test('what no output depends on is left out', () => {
  assert.deepEqual(
    operations([[2, 3]], (x) => {
      tf.exp(x);
      return tf.neg(x);
    }),
    ['Neg'],
  );
});

test('WebGPU gets no operation that it lacks', () => {
  const ops = operations(
    [
      [6, 2, 3],
      [6, 4, 3],
    ],
    (x, y) => [
      tf.mul(tf.matMul(x, y, false, true), 0.5),
      tf.round(x),
      tf.sign(x),
      tf.selu(x),
      tf.cast(tf.isNaN(x), 'float32'),
    ],
    'onnx-webgpu',
  );
  for (const lacking of ['FusedMatMul', 'Round', 'Sign', 'Selu', 'IsNaN'])
    assert.ok(!ops.includes(lacking), lacking);
});

test('a number a channel joins the convolution before it, unless the sum without it is used too', () => {
  const biased = (more: boolean) =>
    operations([[2, 3, 4, 4], [5, 3, 1, 1], [5]], (x, filter, bias) => {
      const y = convolution(x, filter, evenGeometry());
      const sum = tf.add(y, tf.reshape(bias, [5, 1, 1]));
      return more ? [sum, y] : sum;
    });
  assert.deepEqual(biased(false), ['Conv']);
  assert.ok(biased(true).includes('Add'));
});

test('maxima are looked for once, and where they are only if a gradient asks', () => {
  const image = [1, 4, 4, 2];
  const pool = (x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid');
  const outputs = (fn: (x: tf.Tensor) => tf.Tensor) => {
    const { nodes } = trace(
      ({ in: { x } }) => ({ out: { y: fn(x!) } }),
      { in: { x: float(...image) } },
      'onnx-cpu',
    );
    return nodes.filter(({ op }) => op === 'MaxPool').map((node) => node.outputs.length);
  };
  assert.deepEqual(outputs(pool), [1]);
  assert.deepEqual(
    outputs((x) => tf.grad((y: tf.Tensor) => tf.sum(tf.square(pool(y))))(x)),
    [2],
  );
});
