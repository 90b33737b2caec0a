/** What a program says of inputs that it was not compiled for. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import type { Groups, HostTensor, Signature } from '../../../src/core/compute/runtime';
import { checkInputs, sameShape } from '../../../src/core/compute/signature';
import { floats, integers } from '../../support/tensors';

const signature: Signature = {
  batch: { images: { shape: [2, 3], dtype: 'float32' }, labels: { shape: [2], dtype: 'int32' } },
  scalars: { rate: { shape: [], dtype: 'float32' } },
};
const images = floats([2, 3], [1, 2, 3, 4, 5, 6]);
const labels = integers([2], [0, 1]);
const rate = floats([], [0.1]);

test('inputs that fit are accepted, on the device too', () => {
  checkInputs(signature, { batch: { images, labels }, scalars: { rate } });
  const uploaded = createReferenceRuntime().upload(images);
  checkInputs(signature, { scalars: { rate }, batch: { labels, images: uploaded } });
  checkInputs({}, {});
  checkInputs({ nothing: {} }, {});
});

const wrong: readonly (readonly [what: string, inputs: Groups<HostTensor>, message: string])[] = [
  [
    'a group left over',
    { batch: { images, labels }, scalars: { rate }, state: {} },
    'The program has no input group "state"; it has batch, scalars.',
  ],
  [
    'an input left over',
    { batch: { images, labels, masks: images }, scalars: { rate } },
    'The program has no input "batch.masks"; the group has images, labels.',
  ],
  [
    'a missing input',
    { batch: { images }, scalars: { rate } },
    'The input "batch.labels" int32 [2] is missing.',
  ],
  ['a missing group', { batch: { images, labels } }, 'The input "scalars.rate" float32 [] is missing.'],
  [
    'a wrong shape',
    { batch: { images: floats([3, 2], images.data), labels }, scalars: { rate } },
    'The input "batch.images" is float32 [3, 2], the program was compiled for float32 [2, 3].',
  ],
  [
    'a wrong rank',
    { batch: { images, labels }, scalars: { rate: floats([1], [0.1]) } },
    'The input "scalars.rate" is float32 [1], the program was compiled for float32 [].',
  ],
  [
    'a wrong dtype',
    { batch: { images, labels: floats([2], [0, 1]) }, scalars: { rate } },
    'The input "batch.labels" is float32 [2], the program was compiled for int32 [2].',
  ],
  [
    'a wrong number of values',
    { batch: { images: floats([2, 3], [1, 2]), labels }, scalars: { rate } },
    'The input "batch.images" holds 2 values, its shape float32 [2, 3] has 6.',
  ],
];

for (const [what, inputs, message] of wrong) {
  test(`${what} is told by name`, () => assert.throws(() => checkInputs(signature, inputs), { message }));
}

test('of many names only some are listed', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`w${i}`, rate]));
  assert.throws(() => checkInputs({ all: many }, { all: { ...many, other: rate } }), {
    message: 'The program has no input "all.other"; the group has w0, w1, w2, w3, w4, w5, w6, w7, ... (20).',
  });
});

test('shapes are the same if all extents are', () => {
  assert.ok(sameShape([2, 3], [2, 3]));
  assert.ok(sameShape([], []));
  assert.ok(!sameShape([2, 3], [3, 2]));
  assert.ok(!sameShape([2], [2, 1]));
});
