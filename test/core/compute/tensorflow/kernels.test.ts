/**
 * Every kernel of the `tensorflow` runtime, compared with tfjs's own cpu backend. Runs where a TensorFlow is found, as the product
 * finds it: a linked or installed one, or the one that REPSIM_RUNTIME_PATH names.
 */
import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { kernelTable } from '../../../../src/core/compute/onnx/kernels/table';
import { createReferenceRuntime } from '../../../../src/core/compute/reference';
import type { Runtime } from '../../../../src/core/compute/runtime';
import { tensorFlowKernels } from '../../../../src/core/compute/tensorflow/kernels/table';
import { createTensorFlowRuntime } from '../../../../src/core/compute/tensorflow/runtime';
import { assertAllClose, assertTensorClose, type Tolerance } from '../../../support/allClose';
import { tensorFlowModule } from '../../../support/tensorFlowModule';
import { type CaseResult, runCases } from '../kernelCases/runCases';
import { caseFamilies } from '../kernelCases/table';
import { train } from '../tinyTraining';

const defaultTolerance: Tolerance = { ofLargest: 2e-5 };
/** TensorFlow takes numbers below the normal ones for zero. */
const flushed = 'RealDiv: by a tiny number';

test('what can be compiled can be run by TensorFlow', () => {
  const missing = Object.keys(kernelTable).filter((kernel) => !(kernel in tensorFlowKernels));
  assert.deepEqual(missing, []);
});

/** Undefined, and the test skipped, where there is no TensorFlow. */
async function openTensorFlow(t: TestContext): Promise<Runtime | undefined> {
  const file = await tensorFlowModule();
  if (file === undefined) {
    t.skip('no TensorFlow');
    return undefined;
  }
  return createTensorFlowRuntime(file, { threads: 1 });
}

function outputsOf(result: CaseResult) {
  if ('error' in result) throw result.error;
  return result.outputs;
}

for (const [family, kernels] of Object.entries(caseFamilies)) {
  test(`${family} as the reference computes it`, async (t) => {
    const runtime = await openTensorFlow(t);
    if (!runtime) return;
    const cases = Object.entries(kernels).flatMap(([kernel, list]) =>
      list.map((one) => ({ ...one, kernel })),
    );
    const found = await runCases(runtime, cases);
    const known = await runCases(
      createReferenceRuntime(),
      cases.filter(({ expected }) => !expected),
    );
    let next = 0;
    for (const [i, { kernel, name, expected, tolerance }] of cases.entries()) {
      const byReference = expected ? undefined : known[next++]!;
      const title = `${kernel}: ${name}`;
      await t.test(title, { skip: title === flushed }, () => {
        const outputs = outputsOf(found[i]!);
        const wanted = expected ?? outputsOf(byReference!);
        assert.equal(outputs.length, wanted.length);
        for (const [k, output] of outputs.entries())
          assertTensorClose(output, wanted[k]!, tolerance ?? defaultTolerance, `output ${k}`);
      });
    }
  });
}

test('training steps are those of the reference', async (t) => {
  const runtime = await openTensorFlow(t);
  if (!runtime) return;
  const [ours, wanted] = [await train(runtime), await train(createReferenceRuntime())];
  assertAllClose(ours.losses, wanted.losses, { relative: 1e-4 }, 'loss');
  assertAllClose(ours.parameters, wanted.parameters, { ofLargest: 1e-4 }, 'parameter');
});

test('programs leave no tensors behind and share no memory with their inputs', async (t) => {
  const runtime = await openTensorFlow(t);
  if (!runtime) return;
  const spec = { shape: [2, 3], dtype: 'float32' } as const;
  const program = await runtime.compile(
    ({ in: group }) => ({ out: { y: tf.softmax(tf.add(group!.x!, 1)), same: group!.x! } }),
    { in: { x: spec } },
  );
  const x = { ...spec, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const tensors = tf.engine().memory().numTensors;
  for (let i = 0; i < 3; i++) {
    const { out } = await program.run({ in: { x } });
    x.data[0] = 9;
    assert.equal((await out!.same!.read())[0], i === 0 ? 1 : 9);
    for (const tensor of Object.values(out!)) tensor.dispose();
    out!.same!.dispose();
    await assert.rejects(out!.same!.read(), /disposed/);
  }
  assert.equal(tf.engine().memory().numTensors, tensors);
});
