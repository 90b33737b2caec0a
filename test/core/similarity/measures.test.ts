/** All similarity measures: values, what they claim of themselves, and what they do where there is no value. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { UserError } from '../../../src/core/errors';
import { minibatchCka } from '../../../src/core/similarity/ckaMinibatch';
import type { Features, Similarity } from '../../../src/core/similarity/features';
import { neighbourJaccard } from '../../../src/core/similarity/knnJaccard';
import type { Measure } from '../../../src/core/similarity/measure';
import { measureById, measures } from '../../../src/core/similarity/measures';
import { fromTable, gaussian, mapped, times, value } from './cloud';
import cases from './fixtures/measures.json';
import golden from './fixtures/reference-values.json';

const options = { seed: 0 };
const compare = (measure: Measure, x: Features, y: Features): number => value(measure.compare(x, y, options));

for (const { name, x, y, values } of cases) {
  for (const [id, expected = Number.NaN] of Object.entries<number | undefined>(values)) {
    test(`${id} agrees with a second implementation: ${name}`, () => {
      near(
        compare(measureById(id), fromTable(x), fromTable(y)),
        expected,
        1e-9 * Math.max(1, Math.abs(expected)),
      );
    });
  }
}

test('every measure of the contract is there, once, and has been compared with a second implementation', () => {
  const contract =
    `cka cka-debiased cka-rbf cka-minibatch cca svcca pwcca procrustes procrustes-angle rsa-correlation
    rsa-euclidean distance-correlation knn-jaccard mutual-knn second-order-cosine rank-similarity linear-regression
    hard-matching soft-matching gulp imd rtd magnitude-difference uniformity-difference concentricity-difference
    disagreement jsd`.split(/\s+/);
  const ids = measures.map(({ id }) => id);
  assert.deepEqual([...ids].sort(), [...contract].sort());
  const compared = new Set(cases.flatMap(({ values }) => Object.keys(values)));
  assert.deepEqual(
    ids.filter((id) => !compared.has(id)),
    [],
  );
});

const [x, y] = [fromTable(golden.X), fromTable(golden.Y)];
const references: Record<string, number> = {
  cka: golden.values['linear CKA'],
  'cka-debiased': golden.values['debiased linear CKA'],
  'cka-rbf': golden.values['RBF CKA, t = 1'],
  cca: golden.values['mean CCA'],
  pwcca: golden.values['PWCCA, weights from X'],
  procrustes: golden.values['Procrustes similarity nuc/(||Xc|| ||Yc||)'],
  'procrustes-angle': golden.values['Procrustes angular = acos(NBS)'],
  'distance-correlation': golden.values['distance correlation'],
  'linear-regression': golden.values['linear regression R2, X from Y'],
  'rsa-euclidean': golden.values['RSA, Euclidean RDM, Spearman'],
};
for (const [id, expected] of Object.entries(references)) {
  test(`${id} gives the reference value, in float64 and from float32 data`, () => {
    near(compare(measureById(id), x, y), expected, 1e-9);
    const narrow = (f: Features): Features => ({ ...f, data: Float32Array.from(f.data) });
    near(compare(measureById(id), narrow(x), narrow(y)), expected, 1e-9);
  });
}

test('reference values with their own settings, and those that are not meant', () => {
  near(value(neighbourJaccard(x, y, 3)), golden.values['k-NN Jaccard, k = 3, cosine'], 1e-9);
  near(value(minibatchCka(x, y, 5)), golden.values['minibatch CKA, rows 0-4 and 5-9'], 1e-9);
  assert.ok(
    Math.abs(
      value(minibatchCka(x, y, 5)) - golden.not_these['CKA averaged after the ratio over two batches'],
    ) > 0.01,
  );
  assert.ok(
    Math.abs(compare(measureById('svcca'), x, y) - golden.not_these['SVCCA keeping always one PC']) > 0.01,
  );
});

test('minibatch CKA says what it leaves out', () => {
  const found = minibatchCka(x, y, 8);
  near(value(found), value(minibatchCka(rowsOf(x, 8), rowsOf(y, 8), 8)), 1e-12);
  assert.match('note' in found ? (found.note ?? '') : '', /last 2 of 10/);
});

/** Positive, so that cosines mean something; a noisy copy, so that no measure is at an end of its range. */
const left = mapped(gaussian(26, 6, 1), (v, i) => 0.5 * v + 0.4 + 0.1 * (i % 6));
const right = mapped(times(left, shear(6)), (v, i) => v + 0.25 * gaussian(26, 6, 2).data[i]!);
const [c, s] = [Math.cos(0.8), Math.sin(0.8)];
const changes = {
  orthogonal: (f: Features) => times(f, turnPairs(f.d)),
  scaling: (f: Features) => mapped(f, (v) => 3.5 * v),
  permutation: (f: Features) => times(f, reversal(f.d)),
  translation: (f: Features) => mapped(f, (v, i) => v + 1.5 * Math.cos(i % f.d)),
  linear: (f: Features) => times(f, shear(f.d)),
};
for (const measure of measures) {
  for (const [change, claimed] of Object.entries(measure.invariant)) {
    test(`${measure.id} ${claimed ? 'ignores' : 'notices'} a change of one side: ${change}`, () => {
      const apply = changes[change as keyof typeof changes];
      const plain = compare(measure, left, right);
      const moved = [compare(measure, apply(left), right), compare(measure, left, apply(right))];
      const shift = Math.max(...moved.map((one) => Math.abs(one - plain)));
      if (claimed) assert.ok(shift <= 1e-9 * Math.max(1, Math.abs(plain)), `${moved} instead of ${plain}`);
      else assert.ok(shift > 1e-6 * Math.abs(plain), `${moved} is ${plain}`);
    });
  }

  test(`${measure.id} is ${measure.symmetric ? '' : 'not '}symmetric, within its range, and best for the same`, () => {
    const [there, back] = [compare(measure, left, right), compare(measure, right, left)];
    if (measure.symmetric) near(there, back, 1e-9 * Math.max(1, Math.abs(there)));
    else {
      const other = gaussian(26, 4, 3);
      const sides = [compare(measure, left, other), compare(measure, other, left)] as const;
      assert.ok(Math.abs(sides[0] - sides[1]) > 1e-3, String(sides));
    }
    for (const found of [there, back]) within(measure, found);
    const same = compare(measure, left, { ...left, data: left.data.slice() });
    // The angle of 1 - 1e-16 is 1e-8.
    near(
      same,
      measure.larger === 'more similar' ? 1 : 0,
      measure.id === 'procrustes-angle' || measure.id === 'gulp' ? 1e-7 : 1e-9,
    );
  });

  test(`${measure.id}: more samples than features or fewer, duplicated samples`, () => {
    for (const [n, dx, dy] of [
      [30, 3, 8],
      [8, 12, 8],
      [9, 9, 9],
    ] as const) {
      const logits = measure.on === 'logits';
      within(measure, compare(measure, gaussian(n, logits ? dy : dx, 1), gaussian(n, dy, 2)));
    }
    const twice = (f: Features): Features => ({
      ...f,
      n: 2 * f.n,
      data: Float64Array.of(...f.data, ...f.data),
    });
    within(measure, compare(measure, twice(left), twice(right)));
  });

  test(`${measure.id} says why there is no value, and refuses samples that do not pair`, () => {
    const broken = mapped(right, () => Number.NaN);
    for (const found of [measure.compare(left, broken, options), measure.compare(broken, left, options)]) {
      assert.equal(found.value, null);
      assert.match(why(found), /NaN/);
    }
    const flat = measure.compare(
      left,
      mapped(right, () => 0),
      options,
    );
    if (flat.value === null) assert.ok(why(flat).length > 10);
    else within(measure, flat.value);
    if (
      measure.on === 'features' &&
      measure.invariant.translation &&
      measure.id !== 'uniformity-difference'
    ) {
      assert.equal(flat.value, null);
    }
    assert.throws(
      () => measure.compare(left, rowsOf(right, 20), options),
      (error) => {
        return error instanceof UserError && /26 and 20 samples/.test(error.message);
      },
    );
  });

  test(`${measure.id} of one, two or three samples is a value or a reason`, () => {
    for (const n of [1, 2, 3]) {
      const sides = [gaussian(n, 3, 1), gaussian(n, 3, 2)] as const;
      const found = measure.compare(...sides, options);
      if (measure.id === 'cka-debiased' || measure.id === 'cka-minibatch') {
        assert.match(why(found), new RegExp(`at least 4 samples and has ${n}`));
      }
      if (found.value === null) assert.ok(why(found).length > 10);
      else within(measure, found.value);
    }
  });

  if (measure.metric) {
    test(`${measure.id} satisfies the triangle inequality`, () => {
      for (let seed = 0; seed < 20; seed++) {
        const [p, q, r] = [gaussian(10, 3, seed), gaussian(10, 3, seed + 50), gaussian(10, 3, seed + 99)];
        assert.ok(compare(measure, p, r) <= compare(measure, p, q) + compare(measure, q, r) + 1e-9);
      }
    });
  }
}

test('samples that are alike to no other are so in the same representation again', () => {
  const apart = { n: 12, d: 12, data: Float64Array.from({ length: 144 }, (_, i) => (i % 13 === 0 ? 1 : 0)) };
  for (const id of ['second-order-cosine', 'mutual-knn', 'rank-similarity', 'knn-jaccard']) {
    near(value(measureById(id).compare(apart, apart, options)), 1, 1e-12);
  }
});

test('a side that spans all samples correlates with anything, and that is said', () => {
  for (const id of ['cca', 'pwcca', 'linear-regression']) {
    const found = measureById(id).compare(gaussian(8, 3, 1), gaussian(8, 20, 2), options);
    near(value(found), 1, 1e-9);
    assert.match('note' in found ? (found.note ?? '') : '', /anything; give more samples/);
  }
});

test('measures that take a part of the samples say so and draw the same part for the same seed', () => {
  const [p, q] = [gaussian(600, 2, 1), gaussian(600, 2, 2)];
  for (const id of ['imd', 'rtd']) {
    const measure = measureById(id);
    const found = measure.compare(p, q, { seed: 7 });
    assert.match('note' in found ? (found.note ?? '') : '', /of 600 samples, seed 7/);
    assert.deepEqual(measure.compare(p, q, { seed: 7 }), found);
    assert.notEqual(value(measure.compare(p, q, { seed: 8 })), value(found));
  }
});

test('an unknown measure is answered with those that exist', () => {
  assert.throws(
    () => measureById('ckaa'),
    (error) => error instanceof UserError && /"ckaa".*cka-debiased/.test(error.message),
  );
});

function within({ id, range: [lowest, highest] }: Measure, found: number): void {
  assert.ok(Number.isFinite(found), `${id} ${found}`);
  if (lowest !== null) assert.ok(found >= lowest - 1e-12, `${id} ${found}`);
  if (highest !== null) assert.ok(found <= highest + 1e-12, `${id} ${found}`);
}

function why(found: Similarity): string {
  return 'why' in found ? found.why : '';
}

function rowsOf(f: Features, n: number): Features {
  return { n, d: f.d, data: f.data.subarray(0, n * f.d) };
}

/** Upper triangular and far from a multiple of a rotation. */
function shear(d: number): number[][] {
  return Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_, j) => (i === j ? 1 + i / 2 : j === i + 1 ? 0.8 : 0)),
  );
}

function reversal(d: number): number[][] {
  return Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => (i + j === d - 1 ? 1 : 0)));
}

/** Turns features 0 and 1, 2 and 3, ... in their planes. */
function turnPairs(d: number): number[][] {
  return Array.from({ length: d }, (_, i) =>
    Array.from({ length: d }, (_, j) => {
      const paired = i - (i % 2) + 1 < d;
      if (!paired) return i === j ? 1 : 0;
      if (i === j) return c;
      return j === (i ^ 1) ? (i % 2 === 0 ? s : -s) : 0;
    }),
  );
}

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected}`);
}
