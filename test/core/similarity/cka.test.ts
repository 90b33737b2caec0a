/** Linear CKA, biased and debiased: reference values, both forms, invariances, edge cases. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { UserError } from '../../../src/core/errors';
import { debiasedCkaAgainst, debiasedLinearCka, linearCka } from '../../../src/core/similarity/cka';
import type { Features } from '../../../src/core/similarity/features';
import { fromTable, gaussian, mapped, times, value } from './cloud';
import golden from './fixtures/reference-values.json';

const x = fromTable(golden.X);
const y = fromTable(golden.Y);

test('gives the reference values', () => {
  near(linearCka(x, y), golden.values['linear CKA'], 1e-12);
  near(debiasedLinearCka(x, y), golden.values['debiased linear CKA'], 1e-12);
  const { one_dimension: one } = golden;
  near(
    linearCka(fromTable(one.x.map((v) => [v])), fromTable(one.y.map((v) => [v]))),
    one['linear CKA'],
    1e-12,
  );
});

test('the feature-space form equals the definition by n x n matrices', () => {
  for (const [n, dx, dy] of [
    [12, 3, 5],
    [9, 8, 2],
    [7, 20, 30],
    [8, 3, 40],
    [10, 10, 9],
  ] as const) {
    const a = gaussian(n, dx, 1);
    const b = mapped(gaussian(n, dy, 2), (v, i) => v + a.data[i % a.data.length]!);
    near(debiasedLinearCka(a, b), ratio(a, b, unbiasedHsic), 1e-10);
    near(linearCka(a, b), ratio(a, b, biasedHsic), 1e-10);
  }
});

test('float32 input is accumulated in float64', () => {
  const narrow = (f: Features): Features => ({ ...f, data: Float32Array.from(f.data) });
  near(debiasedLinearCka(narrow(x), narrow(y)), golden.values['debiased linear CKA'], 1e-12);
});

test('rotation, scale and translation of one side change nothing; another linear map does', () => {
  const a = gaussian(30, 4, 3);
  const b = mapped(
    times(a, [
      [1, 2, 0, 0],
      [0, 1, 0, 1],
      [0, 0, 3, 0],
      [1, 0, 0, 1],
    ]),
    (v, i) => v + Math.sin(i),
  );
  const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
  const rotation = [
    [c, s, 0, 0],
    [-s, c, 0, 0],
    [0, 0, 0, 1],
    [0, 0, 1, 0],
  ];
  for (const cka of [linearCka, debiasedLinearCka]) {
    const plain = value(cka(a, b));
    near(cka(times(a, rotation), b), plain, 1e-12);
    near(cka(a, times(b, rotation)), plain, 1e-12);
    near(
      cka(
        mapped(a, (v) => -1e-3 * v),
        b,
      ),
      plain,
      1e-12,
    );
    near(
      cka(
        mapped(a, (v, i) => v + 10 * (i % 4)),
        b,
      ),
      plain,
      1e-9,
    );
    near(cka(b, a), plain, 1e-12);
    const sheared = value(
      cka(
        times(a, [
          [5, 0, 0, 0],
          [0, 1, 0, 0],
          [0, 0, 0.1, 0],
          [0, 0, 0, 1],
        ]),
        b,
      ),
    );
    assert.ok(Math.abs(sheared - plain) > 0.01);
  }
});

test('a representation is like itself, also as a copy, also with n <= d', () => {
  for (const f of [gaussian(20, 5, 4), gaussian(6, 30, 5)]) {
    const copy = { ...f, data: f.data.slice() };
    for (const cka of [linearCka, debiasedLinearCka]) near(cka(f, copy), 1, 1e-12);
  }
});

test('independent data: the biased form reads chance as likeness, the debiased form does not', () => {
  let biased = 0;
  let debiased = 0;
  for (let seed = 0; seed < 300; seed++) {
    const [a, b] = [gaussian(32, 8, seed), gaussian(32, 8, 1000 + seed)];
    biased += value(linearCka(a, b)) / 300;
    debiased += value(debiasedLinearCka(a, b)) / 300;
  }
  assert.ok(biased > 0.17 && biased < 0.23, String(biased));
  assert.ok(Math.abs(debiased) < 0.02, String(debiased));
});

test('is not the other meanings of the name', () => {
  const { not_these: wrong } = golden;
  const centreThenZero = wrong["debiased CKA by 'centre, then zero the diagonal'"];
  assert.ok(Math.abs(value(debiasedLinearCka(x, y)) - centreThenZero) > 1e-3);
});

test('a prepared side gives the same for every comparison', () => {
  const reference = gaussian(16, 6, 7);
  const against = debiasedCkaAgainst(reference);
  for (const d of [3, 6, 40]) {
    const other = gaussian(16, d, d);
    near(against(other), value(debiasedLinearCka(reference, other)), 1e-12);
  }
});

test('what has no value says why, on either side', () => {
  const constant = mapped(gaussian(8, 3, 1), (_, i) => i % 3);
  const broken = mapped(gaussian(8, 3, 1), (v, i) => (i === 13 ? Number.NaN : v));
  const lonely = mapped(gaussian(8, 3, 1), (_, i) => (i === 0 ? 5 : 1));
  const fine = gaussian(8, 5, 2);
  for (const [a, b] of [
    [constant, fine],
    [fine, constant],
  ] as const) {
    for (const cka of [linearCka, debiasedLinearCka]) why(cka(a, b), /same for every sample/);
  }
  for (const [a, b] of [
    [broken, fine],
    [fine, broken],
  ] as const) {
    for (const cka of [linearCka, debiasedLinearCka]) why(cka(a, b), /sample 4 holds NaN in feature 1/);
  }
  why(debiasedLinearCka(lonely, fine), /no variation is left/);
});

test('duplicated samples, huge and tiny values are ordinary data', () => {
  const doubled = (f: Features): Features => ({
    n: 2 * f.n,
    d: f.d,
    data: Float64Array.of(...f.data, ...f.data),
  });
  near(linearCka(doubled(x), doubled(y)), golden.values['linear CKA'], 1e-12);
  near(
    debiasedLinearCka(
      mapped(x, (v) => v * 1e200),
      mapped(y, (v) => v * 1e-200),
    ),
    golden.values['debiased linear CKA'],
    1e-12,
  );
});

test('too few samples are a reason and different numbers of them an error, which say the numbers', () => {
  why(
    debiasedLinearCka(gaussian(3, 2, 1), gaussian(3, 2, 2)),
    /at least 4 samples and has 3; .* choose the measure cka/,
  );
  assert.throws(
    () => linearCka(gaussian(5, 2, 1), gaussian(6, 2, 2)),
    (error) => {
      return error instanceof UserError && /5 and 6 samples/.test(error.message);
    },
  );
  near(
    linearCka(
      fromTable([
        [1, 0],
        [2, 5],
      ]),
      fromTable([[3], [7]]),
    ),
    1,
    1e-12,
  );
});

/** The textbook way, with every n x n matrix written out. */
function ratio(a: Features, b: Features, hsic: (k: number[][], l: number[][]) => number): number {
  const [k, l] = [gramOf(a), gramOf(b)];
  return hsic(k, l) / Math.sqrt(hsic(k, k) * hsic(l, l));
}

function gramOf(f: Features): number[][] {
  const rows = Array.from({ length: f.n }, (_, i) => Array.from(f.data.subarray(i * f.d, (i + 1) * f.d)));
  return rows.map((p) => rows.map((q) => p.reduce((sum, v, i) => sum + v * q[i]!, 0)));
}

function biasedHsic(k: number[][], l: number[][]): number {
  const n = k.length;
  const centre = (m: number[][]): number[][] => {
    const means = m.map((r) => r.reduce((sum, v) => sum + v, 0) / n);
    const all = means.reduce((sum, v) => sum + v, 0) / n;
    return m.map((r, i) => r.map((v, j) => v - means[i]! - means[j]! + all));
  };
  const [a, b] = [centre(k), centre(l)];
  return a.reduce((sum, r, i) => sum + r.reduce((part, v, j) => part + v * b[i]![j]!, 0), 0);
}

function unbiasedHsic(k: number[][], l: number[][]): number {
  const n = k.length;
  const hollow = (m: number[][]): number[][] => m.map((r, i) => r.map((v, j) => (i === j ? 0 : v)));
  const [a, b] = [hollow(k), hollow(l)];
  const sums = (m: number[][]): number[] => m.map((r) => r.reduce((sum, v) => sum + v, 0));
  const total = (v: number[]): number => v.reduce((sum, one) => sum + one, 0);
  const trace = total(a.map((r, i) => r.reduce((part, v, j) => part + v * b[j]![i]!, 0)));
  const [rowA, rowB] = [sums(a), sums(b)];
  const cross = total(rowA.map((v, i) => v * rowB[i]!));
  return (trace + (total(rowA) * total(rowB)) / ((n - 1) * (n - 2)) - (2 / (n - 2)) * cross) / (n * (n - 3));
}

function near(found: ReturnType<typeof linearCka>, expected: number, tolerance: number): void {
  assert.ok(Math.abs(value(found) - expected) <= tolerance, `${value(found)} is not ${expected}`);
}

function why(found: ReturnType<typeof linearCka>, pattern: RegExp): void {
  assert.equal(found.value, null);
  assert.match('why' in found ? found.why : '', pattern);
}
