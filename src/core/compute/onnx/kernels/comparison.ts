/** Comparisons and logic, whose results are bools, and the choice that is made by them. */
import * as tf from '@tensorflow/tfjs-core';
import { binary, select, unary } from '../elementwise';
import type { Graph } from '../graph';
import { cast, reshape } from '../shapes';
import type { Value } from '../values';
import { numeric } from './dtypes';
import type { Kernel, KernelFamily } from './kernel';

const compare = (op: string): Kernel => {
  return ({ graph, inputs: { a, b } }) => binary(graph, op, numeric(graph, a), numeric(graph, b), 'bool');
};

const logic = (op: string): Kernel => {
  return ({ graph, inputs: { a, b } }) =>
    binary(graph, op, cast(graph, a, 'bool'), cast(graph, b, 'bool'), 'bool');
};

function not(graph: Graph, x: Value): Value {
  return unary(graph, 'Not', cast(graph, x, 'bool'), { compute: (value) => (value ? 0 : 1) });
}

export const comparison: KernelFamily = {
  [tf.Equal]: compare('Equal'),
  [tf.NotEqual]: ({ graph, inputs: { a, b } }) =>
    not(graph, binary(graph, 'Equal', numeric(graph, a), numeric(graph, b), 'bool')),
  [tf.Greater]: compare('Greater'),
  [tf.GreaterEqual]: compare('GreaterOrEqual'),
  [tf.Less]: compare('Less'),
  [tf.LessEqual]: compare('LessOrEqual'),
  [tf.LogicalAnd]: logic('And'),
  [tf.LogicalOr]: logic('Or'),
  [tf.LogicalNot]: ({ graph, inputs: { x } }) => not(graph, x),

  [tf.Select]: ({ graph, inputs: { condition, t, e } }) => {
    const dtype = tf.upcastType(t.dtype as tf.DataType, e.dtype as tf.DataType) as
      | 'float32'
      | 'int32'
      | 'bool';
    // A condition of rank 1 chooses whole rows.
    const rows = condition.shape.length === 1 && t.shape.length > 1;
    const shape = [...condition.shape, ...t.shape.slice(1).map(() => 1)];
    const chosen = cast(graph, rows ? reshape(graph, condition, shape) : condition, 'bool');
    return select(graph, chosen, cast(graph, t, dtype), cast(graph, e, dtype));
  },
};
