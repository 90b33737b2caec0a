/** Cheap values are made again for the backward pass, which changes what a program needs and nothing else. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { valueAndGradient } from '../../../../src/core/compute/differentiate';
import { createSession, loadOnnxRuntime, onnxTensor } from '../../../../src/core/compute/onnx/session';
import { type Trace, trace } from '../../../../src/core/compute/onnx/trace';
import { gelu } from '../../../../src/core/compute/operations/gelu';
import { layerNorm } from '../../../../src/core/compute/operations/layerNorm';
import {
  type Group,
  type ProgramFunction,
  type Runtime,
  type Signature,
  sizeOf,
} from '../../../../src/core/compute/runtime';
import { compileStep } from '../../../../src/core/finetune/step';
import { createRandom } from '../../../../src/core/random';
import { plan } from '../tinyTraining';

const never = Number.POSITIVE_INFINITY;
const always = 0;

const float = (...shape: number[]) => ({ shape, dtype: 'float32' as const });
const depth = 6;
const block = (i: number) => ({
  [`gamma${i}`]: float(8),
  [`beta${i}`]: float(8),
  [`w${i}`]: float(16, 8),
  [`v${i}`]: float(8, 16),
});
const signature: Signature = {
  parameters: Object.assign({}, ...Array.from({ length: depth }, (_, i) => block(i))),
  batch: { x: float(32, 8) },
};

/** Residual blocks with a hidden layer each. */
function forward(p: Group<tf.Tensor>, images: tf.Tensor): tf.Tensor {
  let x = images;
  for (let i = 0; i < depth; i++) {
    const normed = layerNorm(x, p[`gamma${i}`]!, p[`beta${i}`]!, 1e-6);
    const hidden = gelu(tf.matMul(normed, p[`w${i}`]!, false, true));
    x = tf.add(x, tf.matMul(hidden, p[`v${i}`]!, false, true));
  }
  return x;
}

const gradient: ProgramFunction = ({ parameters, batch }) => ({
  out: valueAndGradient((p) => tf.mean(tf.square(forward(p, batch!.x!))), parameters!).gradient,
});

const count = ({ nodes }: Trace, op: string) => nodes.filter((node) => node.op === op).length;

test('the outputs of activations are made again, products and norms are not', () => {
  const [kept, again] = [never, always].map((from) => trace(gradient, signature, 'onnx-cpu', from));
  assert.equal(count(kept!, 'Gelu'), depth);
  // The last one is read right where the backward pass begins.
  assert.ok(count(again!, 'Gelu') >= 2 * depth - 1, `${count(again!, 'Gelu')} of ${2 * depth}`);
  for (const op of ['MatMul', 'Gemm', 'FusedMatMul', 'LayerNormalization', 'Erf', 'Exp'])
    assert.equal(count(again!, op), count(kept!, op), op);
});

test('a program of little memory is left as it is', () => {
  const [kept, usual] = [
    trace(gradient, signature, 'onnx-cpu', never),
    trace(gradient, signature, 'onnx-cpu'),
  ];
  assert.deepEqual(usual.nodes, kept.nodes);
});

test('a forward pass is left as it is', () => {
  const plain: ProgramFunction = ({ parameters, batch }) => ({ out: { x: forward(parameters!, batch!.x!) } });
  const [kept, again] = [never, always].map((from) => trace(plain, signature, 'onnx-cpu', from));
  assert.deepEqual(again!.nodes, kept!.nodes);
});

test('ONNX Runtime does not merge again what is to run twice', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-recompute-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const onnx = await loadOnnxRuntime();
  const optimizedModelFilePath = path.join(folder, 'optimized.onnx');
  const writing = {
    ...onnx,
    InferenceSession: {
      create: (...[model, options]: Parameters<typeof onnx.InferenceSession.create>) =>
        onnx.InferenceSession.create(model, { ...options, optimizedModelFilePath }),
    },
  };
  const traced = trace(gradient, signature, 'onnx-cpu', always);
  const session = await createSession(writing, traced.model, { provider: 'onnx-cpu', threads: 1 });
  await session.release();
  // A field of four bytes is the type of a node: names of values are others.
  const types = readFileSync(optimizedModelFilePath).toString('latin1').split('\x22\x04Gelu').length - 1;
  assert.equal(types, count(traced, 'Gelu'));
});

test('a training step gives the same numbers', async () => {
  const onnx = await loadOnnxRuntime();
  const traces: Trace[] = [];
  const tracing = {
    compile: async (...[fn, ofStep]: Parameters<Runtime['compile']>) => {
      for (const from of [never, always]) traces.push(trace(fn, ofStep, 'onnx-cpu', from));
    },
  } as unknown as Runtime;
  // Of many images: of few, the gradients are larger than what the forward pass keeps.
  await compileStep(tracing, { ...plan, settings: { ...plan.settings, batch: 40 } });
  const results: (readonly Float32Array[])[] = [];
  for (const { model, inputs, outputs, captured } of traces) {
    assert.deepEqual(captured, {});
    const random = createRandom(3);
    const feeds = inputs.map(({ modelName, shape, dtype, group }) => {
      // Second moments and the scalars of AdamW are not negative.
      const draw = () => (group === 'second' || group === 'scalars' ? 0.1 : 0.1 * random.normal());
      const data = Float32Array.from({ length: sizeOf(shape) }, draw);
      return [modelName, onnxTensor(onnx, dtype, data, shape)];
    });
    const session = await createSession(onnx, model, { provider: 'onnx-cpu', threads: 1 });
    const fetched = await session.run(Object.fromEntries(feeds));
    results.push(outputs.map(({ modelName }) => fetched[modelName]!.data as Float32Array));
    await session.release();
  }
  const [kept, again] = results as [readonly Float32Array[], readonly Float32Array[]];
  assert.ok(traces[1]!.nodes.length > traces[0]!.nodes.length);
  kept.forEach((values, i) => {
    const name = `${traces[0]!.outputs[i]!.group}.${traces[0]!.outputs[i]!.name}`;
    values.forEach((value, j) => {
      assert.ok(Math.abs(again[i]![j]! - value) <= 1e-6 * (1 + Math.abs(value)), `${name}[${j}]`);
    });
  });
});
