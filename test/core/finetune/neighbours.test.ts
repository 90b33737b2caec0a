/** k-NN accuracy against scikit-learn's neighbours (fixtures/neighbours.py makes the case). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { neighbourAccuracy } from '../../../src/core/finetune/neighbours';
import { createRandom } from '../../../src/core/random';
import type { Features } from '../../../src/core/similarity/features';
import fixture from './fixtures/neighbours.json';

const { d } = fixture;
const table = (numbers: readonly number[], width = d): Features => ({
  n: numbers.length / width,
  d: width,
  data: Float64Array.from(numbers),
});
const bank = { features: table(fixture.bank), labels: fixture.bankLabels };
const queries = { features: table(fixture.queries), labels: fixture.queryLabels };

for (const [k, expected] of Object.entries(fixture.accuracy)) {
  test(`agrees with scikit-learn's neighbours, k = ${k}`, () => {
    assert.deepEqual(neighbourAccuracy(bank, queries, Number(k)), { value: expected });
  });
}

test('the vote is by direction: lengths of the embeddings change nothing', () => {
  const longer = fixture.bank.map((value, i) => value * (1 + (Math.floor(i / d) % 5)));
  assert.deepEqual(
    neighbourAccuracy({ ...bank, features: table(longer) }, queries),
    neighbourAccuracy(bank, queries),
  );
});

test('a tied vote goes to the class of the nearest sample; k is at most the size of the bank', () => {
  const corners = { features: table([1, 0, 1, 0.2, 0, 1, 0.1, 1], 2), labels: [7, 7, 4, 4] };
  const two = { features: table([1, 0.3, 0.3, 1], 2), labels: [7, 4] };
  assert.deepEqual(neighbourAccuracy(corners, two, 4), { value: 1 });
  assert.deepEqual(neighbourAccuracy(corners, two, 100), { value: 1 });
});

test('more samples than a block holds', () => {
  const random = createRandom(1);
  const n = 5000;
  const data = Float32Array.from({ length: 2 * n }, () => random.normal());
  const labels = Array.from({ length: n }, (_, i) => i);
  const all = { features: { n, d: 2, data }, labels };
  const some = { features: { n: 600, d: 2, data: data.slice(4400 * 2) }, labels: labels.slice(4400) };
  assert.deepEqual(neighbourAccuracy(all, some, 1), { value: 1 });
});

test('an embedding without direction has no neighbours, and that is said', () => {
  const flat = { features: table([0, 0, 1, 0], 2), labels: [0, 1] };
  const fine = { features: table([1, 1], 2), labels: [0] };
  assert.deepEqual(neighbourAccuracy(flat, fine), {
    value: null,
    why: 'the embedding of sample 0 is zero or not finite',
  });
  assert.equal(neighbourAccuracy(fine, { features: table([Number.NaN, 1], 2), labels: [0] }).value, null);
  assert.throws(() => neighbourAccuracy({ ...flat, labels: [1] }, fine), /1 labels for 2/);
});
