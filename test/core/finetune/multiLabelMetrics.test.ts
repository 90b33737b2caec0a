/** The figures of several labels an image against scikit-learn's (fixtures/metrics.py makes the cases). */
import assert from 'node:assert/strict';
import test from 'node:test';
import { multiLabelMetrics } from '../../../src/core/finetune/multiLabelMetrics';
import { taskMetrics } from '../../../src/core/finetune/taskMetrics';
import cases from './fixtures/multiLabelMetrics.json';

const figures = ['loss', 'accuracy', 'balancedAccuracy', 'auc', 'ece'] as const;

for (const { name, logits, labels, classes, ...expected } of cases) {
  test(`agrees with scikit-learn: ${name}`, () => {
    const found = taskMetrics('multi-label', Float64Array.from(logits), labels, classes);
    for (const figure of figures) {
      const gap = Math.abs(found[figure]! - expected[figure]);
      assert.ok(
        gap <= 1e-12 + 1e-9 * expected[figure],
        `${figure} ${found[figure]}, not ${expected[figure]}`,
      );
    }
  });
}

test('a label that is the same in all samples is left out and said', () => {
  const { logits, labels, classes } = cases[1]!;
  assert.match(multiLabelMetrics(Float64Array.from(logits), labels, classes).why ?? '', /^1 of 3 labels/);
  const alone = multiLabelMetrics(new Float32Array([1, -2]), [1, 1], 1);
  assert.equal(alone.auc, null);
  assert.equal(alone.balancedAccuracy, null);
  assert.equal(alone.accuracy, 0.5);
  assert.match(alone.why ?? '', /need a label that some images have and others have not/);
});

test('large logits stay finite; what is not finite leaves every figure null with the reason', () => {
  const large = multiLabelMetrics(new Float32Array([1e4, -1e4]), [0, 0], 2);
  assert.equal(large.loss, 5000);
  const bad = multiLabelMetrics(new Float32Array([1, 2, 3, Number.NaN]), [0, 1, 1, 0], 2);
  for (const figure of figures) assert.equal(bad[figure], null);
  assert.match(bad.why ?? '', /sample 1 .*NaN/);
  assert.equal(multiLabelMetrics(new Float32Array(0), [], 2).loss, null);
  assert.throws(() => multiLabelMetrics(new Float32Array(4), [0, 1], 2), RangeError);
});
