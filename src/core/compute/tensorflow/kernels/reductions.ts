/** Operations that gather many elements into one: sums, extremes, their positions, softmax, normalisation, products. */
import * as tf from '@tensorflow/tfjs-core';
import { normalizeKernel } from '../../operations/layerNorm';
import { dtypeOf, type Kernel, type KernelCall, type KernelFamily, numeric, operation } from './kernel';

type Axes = number | number[];

function reduce(call: KernelCall, name: string, x: tf.Tensor, axis: Axes, keepDims: boolean): tf.Tensor {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const types = { Tidx: 'int32' } as const;
  return operation(call, name, [x, axes], { types, flags: { keep_dims: keepDims } });
}

const reduction = (name: string): Kernel<tf.SumAttrs> => {
  return (call, { axis, keepDims }) =>
    tf.tidy(() => reduce(call, name, numeric(call.inputs.x!), axis, keepDims));
};

const extreme = (call: KernelCall, name: string, axis: Axes, keepDims: boolean) => {
  const x = call.inputs.x!;
  return tf.tidy(() => tf.cast(reduce(call, name, numeric(x), axis, keepDims), x.dtype));
};

const ofBools = (name: string): Kernel<tf.AllAttrs> => {
  return ({ backend, inputs }, { axis, keepDims }) =>
    tf.tidy(() => {
      const axes = tf.util.parseAxisParam(axis, inputs.x!.shape);
      const attributes = { types: { Tidx: 'int32' }, flags: { keep_dims: keepDims } } as const;
      return backend.run(name, [tf.cast(inputs.x!, 'bool'), axes], attributes)[0]!;
    });
};

const position = (name: string): Kernel<tf.ArgMaxAttrs> => {
  return (call, { axis }) =>
    tf.tidy(() => {
      const [along] = tf.util.parseAxisParam(axis, call.inputs.x!.shape);
      const types = { Tidx: 'int32', output_type: 'int32' } as const;
      return operation(call, name, [numeric(call.inputs.x!), along!], { types });
    });
};

export const reductions: KernelFamily = {
  [tf.Sum]: reduction('Sum'),
  [tf.Prod]: reduction('Prod'),
  [tf.Mean]: ((call, { axis, keepDims }) =>
    tf.tidy(() =>
      reduce(call, 'Mean', tf.cast(call.inputs.x!, 'float32'), axis, keepDims),
    )) satisfies Kernel<tf.MeanAttrs>,
  [tf.Max]: ((call, { reductionIndices, keepDims }) =>
    extreme(call, 'Max', reductionIndices, keepDims)) satisfies Kernel<tf.MaxAttrs>,
  [tf.Min]: ((call, { axis, keepDims }) =>
    extreme(call, 'Min', axis, keepDims)) satisfies Kernel<tf.MinAttrs>,
  [tf.All]: ofBools('All'),
  [tf.Any]: ofBools('Any'),
  [tf.ArgMax]: position('ArgMax'),
  [tf.ArgMin]: position('ArgMin'),
  /** Of the last axis, the only one that tfjs asks for. */
  [tf.Softmax]: (call) =>
    tf.tidy(() => operation(call, 'Softmax', [tf.cast(call.inputs.logits!, 'float32')])),
  [normalizeKernel]: (({ inputs }, { epsilon }) => {
    const x = inputs.x!;
    return tf.tidy(() => {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true);
      const reciprocalStd = tf.rsqrt(tf.add(variance, epsilon));
      return [tf.mul(centred, reciprocalStd), reciprocalStd];
    });
  }) satisfies Kernel<{ epsilon: number }>,
  [tf.Cumsum]: ((call, { axis, exclusive, reverse }) =>
    tf.tidy(() => {
      const [along] = tf.util.parseAxisParam(axis, call.inputs.x!.shape);
      const types = { Tidx: 'int32' } as const;
      const flags = { exclusive, reverse };
      return operation(call, 'Cumsum', [numeric(call.inputs.x!), along!], { types, flags });
    })) satisfies Kernel<tf.CumsumAttrs>,
  [tf.TopK]: (({ backend, inputs }, { k, sorted }) => {
    const x = inputs.x!;
    return tf.tidy(() => {
      const v = numeric(x);
      const attributes = { types: { T: dtypeOf(v) }, flags: { sorted } };
      const [values, indices] = backend.run('TopKV2', [v, k], attributes, 2);
      return [tf.cast(values!, x.dtype), indices!];
    });
  }) satisfies Kernel<tf.TopKAttrs>,

  [tf.BatchMatMul]: ((call, { transposeA, transposeB }) =>
    operation(call, 'BatchMatMulV2', [call.inputs.a!, call.inputs.b!], {
      flags: { adj_x: Boolean(transposeA), adj_y: Boolean(transposeB) },
    })) satisfies Kernel<tf.BatchMatMulAttrs>,
  [tf.Einsum]: ((call, { equation }) =>
    operation(call, 'Einsum', call.list as [tf.Tensor], {
      ints: { N: call.list.length },
      texts: { equation: equation.replace(/\s/g, '') },
    })) satisfies Kernel<tf.EinsumAttrs>,
};
