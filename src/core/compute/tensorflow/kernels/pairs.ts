/** Operations on two or more tensors that broadcast, comparisons, and the choice that is made by them. */
import * as tf from '@tensorflow/tfjs-core';
import { type Kernel, type KernelFamily, numeric, operation, throughFloat } from './kernel';

const simple = (name: string): Kernel => {
  return (call) => {
    const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
    if (a.dtype !== 'bool' && b.dtype !== 'bool') return operation(call, name, [a, b]);
    return tf.tidy(() => tf.cast(operation(call, name, [numeric(a), numeric(b)]), a.dtype));
  };
};

const comparison = (name: string): Kernel => {
  return (call) => tf.tidy(() => operation(call, name, [numeric(call.inputs.a!), numeric(call.inputs.b!)]));
};

const logic = (name: string, inputs: readonly string[]): Kernel => {
  return ({ backend, inputs: given }) =>
    tf.tidy(
      () =>
        backend.run(
          name,
          inputs.map((input) => tf.cast(given[input]!, 'bool')),
          {},
        )[0]!,
    );
};

/** TensorFlow refuses to divide integers by zero; tfjs gives 0 there. */
function integers(a: tf.Tensor, b: tf.Tensor, divide: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const divisor = numeric(b);
    const isZero = tf.equal(divisor, 0);
    const quotient = divide(numeric(a), tf.where(isZero, tf.onesLike(divisor), divisor));
    return tf.where(isZero, tf.zerosLike(quotient), quotient);
  });
}

export const pairs: KernelFamily = {
  [tf.Add]: simple('AddV2'),
  [tf.Sub]: simple('Sub'),
  [tf.Multiply]: simple('Mul'),
  [tf.Maximum]: simple('Maximum'),
  [tf.Minimum]: simple('Minimum'),
  [tf.SquaredDifference]: simple('SquaredDifference'),
  [tf.RealDiv]: (call) =>
    throughFloat(call.inputs.a!, (a) =>
      tf.tidy(() => operation(call, 'RealDiv', [a, tf.cast(call.inputs.b!, 'float32')])),
    ),
  [tf.Pow]: (call) =>
    throughFloat(call.inputs.a!, (a) =>
      tf.tidy(() => operation(call, 'Pow', [a, tf.cast(call.inputs.b!, 'float32')])),
    ),
  [tf.AddN]: ((call) =>
    operation(call, 'AddN', call.list as [tf.Tensor], {
      ints: { N: call.list.length },
    })) satisfies Kernel,
  [tf.FloorDiv]: (call) => {
    const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
    if (a.dtype === 'float32') return tf.tidy(() => tf.cast(tf.floor(tf.div(a, b)), 'int32'));
    return integers(a, b, (x, y) => operation(call, 'FloorDiv', [x, y]));
  },
  [tf.Mod]: (call) => {
    const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
    if (a.dtype === 'float32') return tf.tidy(() => tf.sub(a, tf.mul(tf.floor(tf.div(a, b)), b)));
    return tf.tidy(() =>
      tf.cast(
        integers(a, b, (x, y) => operation(call, 'FloorMod', [x, y])),
        a.dtype,
      ),
    );
  },
  [tf.Atan2]: simple('Atan2'),
  [tf.Prelu]: ({ inputs }) =>
    tf.tidy(() => {
      const x = tf.cast(inputs.x!, 'float32');
      return tf.where(tf.less(x, 0), tf.mul(x, tf.cast(inputs.alpha!, 'float32')), x);
    }),

  [tf.Equal]: comparison('Equal'),
  [tf.NotEqual]: comparison('NotEqual'),
  [tf.Greater]: comparison('Greater'),
  [tf.GreaterEqual]: comparison('GreaterEqual'),
  [tf.Less]: comparison('Less'),
  [tf.LessEqual]: comparison('LessEqual'),
  [tf.LogicalAnd]: logic('LogicalAnd', ['a', 'b']),
  [tf.LogicalOr]: logic('LogicalOr', ['a', 'b']),
  [tf.LogicalNot]: logic('LogicalNot', ['x']),

  [tf.Select]: ({ backend, inputs }) => {
    const { condition, t, e } = inputs as { condition: tf.Tensor; t: tf.Tensor; e: tf.Tensor };
    const dtype = tf.upcastType(t.dtype, e.dtype) as 'float32' | 'int32' | 'bool';
    // A condition of rank 1 chooses whole rows.
    const rows = condition.rank === 1 && t.rank > 1;
    return tf.tidy(() => {
      const chosen = tf.cast(condition, 'bool');
      const shaped = rows ? tf.reshape(chosen, [condition.size, ...t.shape.slice(1).map(() => 1)]) : chosen;
      const operands = [shaped, tf.cast(t, dtype), tf.cast(e, dtype)];
      return backend.run('SelectV2', operands, { types: { T: dtype } })[0]!;
    });
  },
};
