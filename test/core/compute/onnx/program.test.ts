/** Compiled programs: what they compute with, what they refuse, and that they hold on to nothing. */
import assert from 'node:assert/strict';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { openRuntime } from '../../../../src/core/compute/open';
import type {
  DeviceTensor,
  Group,
  HostTensor,
  Runtime,
  Signature,
} from '../../../../src/core/compute/runtime';
import { UserError } from '../../../../src/core/errors';

let runtime: Runtime;
before(async () => {
  runtime = await openRuntime('onnx-cpu', { threads: 1 });
});
after(() => runtime.dispose());

const float = (shape: number[], ...values: number[]): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(values),
});
const signature: Signature = {
  in: { x: { shape: [2], dtype: 'float32' }, count: { shape: [], dtype: 'int32' } },
};
const count: HostTensor = { shape: [], dtype: 'int32', data: Int32Array.of(3) };

function scaled() {
  return runtime.compile(
    ({ in: { x, count } }: Group<Group<tf.Tensor>>) => ({ out: { y: tf.mul(x, tf.cast(count, 'float32')) } }),
    signature,
  );
}

const values = async (tensor: DeviceTensor | undefined) => [...(await tensor!.read())];

test('a program runs on host tensors, uploaded ones and outputs of earlier runs', async () => {
  const program = await scaled();
  const first = await program.run({ in: { x: float([2], 1, 2), count } });
  assert.deepEqual(await values(first.out!.y), [3, 6]);
  const second = await program.run({ in: { x: first.out!.y!, count: runtime.upload(count) } });
  assert.deepEqual(await values(second.out!.y), [9, 18]);
  assert.deepEqual(await values(first.out!.y), [3, 6]);
  assert.deepEqual(second.out!.y!.shape, [2]);
  assert.equal(second.out!.y!.dtype, 'float32');
});

test('wrong inputs are named', async () => {
  const program = await scaled();
  const x = float([2], 1, 2);
  const cases: readonly [Group<Group<HostTensor>>, RegExp][] = [
    [{ in: { count } }, /"in\.x".*missing/],
    [{ in: { x, count, z: x } }, /"in\.z"/],
    [{ in: { x, count }, more: { x } }, /"more"/],
    [{ in: { x: float([3], 1, 2, 3), count } }, /"in\.x"/],
    [{ in: { x: { shape: [2], dtype: 'int32', data: Int32Array.of(1, 2) }, count } }, /"in\.x"/],
    [{ in: { x: { shape: [2], dtype: 'float32', data: Float32Array.of(1) }, count } }, /"in\.x"/],
  ];
  for (const [inputs, message] of cases) await assert.rejects(program.run(inputs), message);
});

test('tensors of another runtime and disposed ones are refused', async () => {
  const program = await scaled();
  const reference = await openRuntime('reference');
  await assert.rejects(
    program.run({ in: { x: reference.upload(float([2], 1, 2)), count } }),
    /"in\.x" belongs to another runtime/,
  );
  const gone = runtime.upload(float([2], 1, 2));
  gone.dispose();
  gone.dispose();
  await assert.rejects(program.run({ in: { x: gone, count } }), /after it was disposed of/);
});

test('a captured tensor is fed with every run, with the values that it had', async () => {
  const captured = tf.tensor1d([10, 20]);
  const program = await runtime.compile(
    ({ in: { x } }: Group<Group<tf.Tensor>>) => ({ out: { y: tf.add(x, captured), same: captured } }),
    { in: { x: { shape: [2], dtype: 'float32' } } },
  );
  captured.dispose();
  for (const start of [1, 2]) {
    const { out } = await program.run({ in: { x: float([2], start, start) } });
    assert.deepEqual(await values(out!.y), [10 + start, 20 + start]);
    assert.deepEqual(await values(out!.same), [10, 20]);
  }
});

test('outputs are tensors of their own, whatever they are made of', async () => {
  const program = await runtime.compile(
    ({ in: { x } }: Group<Group<tf.Tensor>>) => {
      const twice = tf.mul(x, 2);
      return { out: { input: x, a: twice, b: twice, constant: tf.range(0, 3), zeros: tf.zeros([2, 2]) } };
    },
    { in: { x: { shape: [2], dtype: 'float32' } } },
  );
  const x = float([2], 1, 2);
  const { out } = await program.run({ in: { x } });
  assert.deepEqual(await values(out!.constant), [0, 1, 2]);
  assert.deepEqual(await values(out!.zeros), [0, 0, 0, 0]);
  out!.a!.dispose();
  (x.data as Float32Array).fill(9);
  await program.run({ in: { x } });
  assert.deepEqual(await values(out!.b), [2, 4]);
  assert.deepEqual(await values(out!.input), [1, 2]);
});

test('values that were read survive the disposal of their tensor and later runs', async () => {
  const program = await scaled();
  const { out } = await program.run({ in: { x: float([2], 1, 2), count } });
  const read = await out!.y!.read();
  out!.y!.dispose();
  for (let i = 0; i < 4; i++) (await program.run({ in: { x: float([2], 7, 7), count } })).out!.y!.dispose();
  assert.deepEqual([...read], [3, 6]);
});

test('a tensor may be disposed of as soon as a run was asked for', async () => {
  const producer = await scaled();
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x${i}`, float([2], i, i)]));
  const consumer = await runtime.compile(
    ({ in: inputs }: Group<Group<tf.Tensor>>) => ({ out: { y: tf.addN(Object.values(inputs!)) } }),
    {
      in: {
        ...Object.fromEntries(Object.keys(many).map((name) => [name, signature.in!.x!])),
        last: signature.in!.x!,
      },
    },
  );
  const { out } = await producer.run({ in: { x: float([2], 1, 2), count } });
  const consumed = consumer.run({ in: { ...many, last: out!.y! } });
  out!.y!.dispose();
  const again = producer.run({ in: { x: float([2], 100, 100), count } });
  assert.deepEqual(await values((await consumed).out!.y), [1228, 1231]);
  assert.deepEqual(await values((await again).out!.y), [300, 300]);
});

test('programs that are compiled at once do not mix', async () => {
  const factors = [2, 3, 4, 5];
  const programs = await Promise.all(
    factors.map((factor) =>
      runtime.compile(({ in: { x } }: Group<Group<tf.Tensor>>) => ({ out: { y: tf.mul(x, factor) } }), {
        in: { x: { shape: [2], dtype: 'float32' } },
      }),
    ),
  );
  const runs = await Promise.all(programs.map((program) => program.run({ in: { x: float([2], 1, 10) } })));
  assert.deepEqual(
    await Promise.all(runs.map((run) => values(run.out!.y))),
    factors.map((factor) => [factor, 10 * factor]),
  );
});

test('disposing waits for runs in progress and refuses later ones', async () => {
  const program = await scaled();
  const run = program.run({ in: { x: float([2], 1, 2), count } });
  await program.dispose();
  await program.dispose();
  assert.deepEqual(await values((await run).out!.y), [3, 6]);
  await assert.rejects(program.run({ in: { x: float([2], 1, 2), count } }), /after it was disposed of/);
});

test('disposing a runtime disposes its programs', async () => {
  const own = await openRuntime('onnx-cpu', { threads: 1 });
  const program = await own.compile(({ in: { x } }: Group<Group<tf.Tensor>>) => ({ out: { y: tf.neg(x) } }), {
    in: { x: { shape: [1], dtype: 'float32' } },
  });
  await own.dispose();
  await assert.rejects(program.run({ in: { x: float([1], 1) } }), /after it was disposed of/);
  await assert.rejects(
    own.compile(() => ({ out: { y: tf.scalar(1) } }), {}),
    /after it was disposed of/,
  );
});

test('memory does not grow over 500 steps', async () => {
  const size = 256;
  const program = await runtime.compile(
    ({ state: { w, m }, batch: { x } }: Group<Group<tf.Tensor>>) => {
      const { value, grads } = tf.valueAndGrads((v) => tf.mean(tf.square(tf.matMul(x, v))) as tf.Scalar)([w]);
      const moment = tf.add(tf.mul(m, 0.9), grads[0]!);
      return { state: { w: tf.sub(w, tf.mul(moment, 0.1)), m: moment }, metrics: { loss: value } };
    },
    {
      state: { w: { shape: [size, size], dtype: 'float32' }, m: { shape: [size, size], dtype: 'float32' } },
      batch: { x: { shape: [8, size], dtype: 'float32' } },
    },
    { resident: ['state'] },
  );
  const filled = (shape: number[], value: number) =>
    float(shape, ...Array(shape[0]! * shape[1]!).fill(value));
  const batch = { x: filled([8, size], 0.1) };
  let state: Group<HostTensor | DeviceTensor> = { w: filled([size, size], 1), m: filled([size, size], 0) };
  const losses: number[] = [];
  let afterWarmUp = 0;
  for (let step = 0; step < 500; step++) {
    const outputs = await program.run({ state, batch });
    for (const tensor of Object.values(state)) if ('read' in tensor) tensor.dispose();
    state = outputs.state!;
    losses.push((await outputs.metrics!.loss!.read())[0]!);
    if (step === 99) afterWarmUp = process.memoryUsage().rss;
  }
  // Each step's state is 0.5 MB: keeping it would show as 200 MB.
  const growth = (process.memoryUsage().rss - afterWarmUp) / 2 ** 20;
  assert.ok(growth < 40, `grew by ${growth.toFixed(0)} MB in 400 steps`);
  assert.ok(losses.at(-1)! < losses[0]! / 10);
});

test('runtimes that are not here, and senseless threads, are told in one sentence', async (t) => {
  // Neither what this machine has, nor what it keeps.
  const nowhere = path.join(os.tmpdir(), 'repsim-nowhere');
  for (const name of [
    ...['REPSIM_STORAGE', 'XDG_DATA_HOME', 'LOCALAPPDATA', 'HOME'],
    ...['REPSIM_RUNTIME_PATH', 'REPSIM_RUNTIME'],
  ]) {
    const before = process.env[name];
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
    process.env[name] = name === 'REPSIM_RUNTIME' ? 'onnx-cpu' : nowhere;
  }
  await assert.rejects(openRuntime('tensorflow'), (error) => {
    return (
      error instanceof UserError &&
      /no TensorFlow was found, not in .*: link an installed/.test(error.message)
    );
  });
  await assert.rejects(openRuntime('onnx-cpu', { threads: 0 }), UserError);
  const auto = await openRuntime('auto', { threads: 2 });
  assert.equal(auto.name, 'onnx-cpu');
  assert.equal(auto.device, '2 threads');
  await auto.dispose();
});
