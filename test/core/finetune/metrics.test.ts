/** The figures of a classifier against scikit-learn's (fixtures/metrics.py makes the cases). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { type ClassificationMetrics, classificationMetrics } from '../../../src/core/finetune/metrics';
import cases from './fixtures/metrics.json';

const figures = ['loss', 'accuracy', 'balancedAccuracy', 'auc', 'ece'] as const;

for (const expected of cases) {
  test(`agrees with scikit-learn: ${expected.name}`, () => {
    const found = classificationMetrics(
      Float64Array.from(expected.logits),
      expected.labels,
      expected.classes,
    );
    for (const figure of figures) close(found, figure, expected[figure]);
  });
}

test('an absent class is left out and said', () => {
  const expected = cases.find(({ name }) => name === 'a class without samples')!;
  const { why } = classificationMetrics(Float64Array.from(expected.logits), expected.labels, 4);
  assert.match(why ?? '', /1 of 4 classes/);
});

test('one class alone has no AUC but keeps the other figures', () => {
  const found = classificationMetrics(new Float64Array([2, 0, 1, 0]), [0, 0], 2);
  assert.equal(found.auc, null);
  assert.equal(found.accuracy, 1);
  assert.match(found.why ?? '', /AUC/);
});

test('all is null, with the reason, if a logit is not a number or nothing is there', () => {
  const found = classificationMetrics(new Float32Array([1, 2, Number.NaN, 0]), [0, 1], 2);
  for (const figure of figures) assert.equal(found[figure], null);
  assert.match(found.why ?? '', /sample 1 .*NaN/);
  assert.equal(classificationMetrics(new Float32Array(0), [], 2).accuracy, null);
});

test('logits too large for exp stay finite', () => {
  const found = classificationMetrics(new Float32Array([1e4, -1e4, 1e4, -1e4]), [0, 1], 2);
  close(found, 'loss', 1e4);
  close(found, 'ece', 0.5);
});

test('a label outside the classes is refused', () => {
  assert.throws(() => classificationMetrics(new Float32Array(4), [0, 2], 2), /label 2 of sample 1/);
  assert.throws(() => classificationMetrics(new Float32Array(5), [0, 1], 2), /not 2 samples/);
});

function close(found: ClassificationMetrics, figure: (typeof figures)[number], expected: number | null) {
  const value = found[figure];
  if (expected === null || value === null) assert.equal(value, expected, figure);
  else
    assert.ok(
      Math.abs(value - expected) <= 1e-12 + 1e-9 * Math.abs(expected),
      `${figure} ${value} ${expected}`,
    );
}
