/** What the backend tells TensorFlow's native module, by a stand-in that keeps count of its tensors. */
import assert from 'node:assert/strict';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { TensorFlowBackend } from '../../../../src/core/compute/tensorflow/backend';
import type { TensorFlowBinding } from '../../../../src/core/compute/tensorflow/binding';

function standIn() {
  const alive = new Set<number>();
  const operations: { name: string; inputs: readonly number[]; attributes: unknown }[] = [];
  let next = 0;
  const make = () => {
    alive.add(++next);
    return next;
  };
  const binding = {
    ...{ TF_FLOAT: 1, TF_INT32: 3, TF_BOOL: 10, TF_Version: '2.0.0' },
    ...{ TF_ATTR_STRING: 0, TF_ATTR_INT: 1, TF_ATTR_FLOAT: 2, TF_ATTR_BOOL: 3, TF_ATTR_TYPE: 4 },
    createTensor: make,
    deleteTensor: (id: number) => assert.ok(alive.delete(id), `tensor ${id} is not there`),
    tensorDataSync: () => Float32Array.of(7, 8),
    executeOp(name: string, attributes: unknown, inputs: readonly number[], outputs: number) {
      for (const id of inputs) assert.ok(alive.has(id), `${name} is given tensor ${id}, which is gone`);
      operations.push({ name, inputs, attributes });
      return Array.from({ length: outputs }, () => ({ id: make(), shape: [2], dtype: 1 }));
    },
    isUsingGpuDevice: () => false,
  } satisfies TensorFlowBinding;
  return { binding, alive, operations };
}

let count = 0;

/** The engine of tfjs, which keeps account of tensors, asks the backend that is in force. */
function inForce(binding: TensorFlowBinding): TensorFlowBackend {
  const backend = new TensorFlowBackend(binding);
  const name = `stand-in ${count++}`;
  tf.registerBackend(name, () => backend);
  tf.setBackend(name);
  return backend;
}

const info = (dataId: object) => ({ dataId, shape: [2], dtype: 'float32' as const });

test('a tensor is given to TensorFlow when an operation needs it, once, and freed with its last reference', () => {
  const { binding, alive, operations } = standIn();
  const backend = inForce(binding);
  const values = Float32Array.of(1, 2);
  const x = backend.write(values, [2], 'float32');
  assert.equal(backend.readSync(x), values);
  assert.equal(alive.size, 0);
  const attributes = { types: { T: 'float32' as const }, ints: { axis: -1 }, flags: { keep: true } };
  const [sum] = backend.run('AddV2', [info(x), info(x)], attributes);
  assert.deepEqual(operations[0]!.inputs, [1, 1]);
  assert.deepEqual(operations[0]!.attributes, [
    { name: 'T', type: 4, value: 1 },
    { name: 'axis', type: 1, value: -1 },
    { name: 'keep', type: 3, value: true },
  ]);
  assert.deepEqual([...backend.readSync(sum!.dataId)], [7, 8]);
  backend.incRef(x);
  assert.equal(backend.disposeData(x), false);
  assert.ok(alive.has(1));
  assert.equal(backend.disposeData(x), true);
  assert.ok(!alive.has(1));
  assert.throws(() => backend.run('Neg', [info(x)], attributes), /used after it was disposed of/);
});

test('lists of axes and shapes are kept, but not without end, and never freed under an operation', () => {
  const { binding, alive } = standIn();
  const backend = inForce(binding);
  const x = backend.write(Float32Array.of(1, 2), [2], 'float32');
  const types = { T: 'float32' } as const;
  backend.run('Sum', [info(x), [0, 1], 5], { types });
  const before = alive.size;
  const [again] = backend.run('Sum', [info(x), [0, 1], 5], { types });
  assert.equal(alive.size, before + 1);
  backend.disposeData(again!.dataId);
  for (let i = 0; i < 5000; i++) {
    const [y] = backend.run('Sum', [info(x), [i, i], [i], i], { types });
    backend.disposeData(y!.dataId);
  }
  assert.ok(alive.size < 4200, `${alive.size} tensors are kept`);
  backend.disposeData(x);
  backend.dispose();
  // The first result, which nobody has disposed of.
  assert.equal(alive.size, 1);
});

test('values take the array that belongs to their dtype; other dtypes are refused', () => {
  const { binding } = standIn();
  const backend = inForce(binding);
  const flags = backend.write([true, false] as never, [2], 'bool');
  assert.deepEqual(backend.readSync(flags), Uint8Array.of(1, 0));
  assert.throws(() => backend.write(['a'] as never, [1], 'string'), /no tensors of dtype string/);
});
