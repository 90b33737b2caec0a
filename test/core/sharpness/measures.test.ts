/** Estimates of the spectrum and the sharpness measures, on surfaces and matrices whose answers are known. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { fromRows, norm } from '../../../src/core/linearAlgebra/matrix';
import { multiply } from '../../../src/core/linearAlgebra/multiply';
import { symmetricEigenvalues } from '../../../src/core/linearAlgebra/symmetricEigen';
import { createRandom } from '../../../src/core/random';
import { averageCase } from '../../../src/core/sharpness/averageCase';
import { meanOf } from '../../../src/core/sharpness/estimate';
import { hessianByDifferences } from '../../../src/core/sharpness/hessianByDifferences';
import { lanczos } from '../../../src/core/sharpness/lanczos';
import { restrictSurface } from '../../../src/core/sharpness/restrictSurface';
import { randomDirection, samWorstCase } from '../../../src/core/sharpness/sam';
import { gaussQuadrature, spectralDensity } from '../../../src/core/sharpness/spectralDensity';
import { hutchinsonTrace, hutchPlusPlusTrace } from '../../../src/core/sharpness/trace';
import golden from './fixtures/reference-values.json';
import { atMinimum, quadratic, toRows } from './surfaces';

const { curvature } = golden;
const bowl = quadratic(curvature.quadratic.A, curvature.quadratic.b);
const w = Float32Array.from(curvature.quadratic.w);
const magnitude = w.map(Math.abs);

/** X'X / m of a normal X [m, size]: a Wishart matrix, its product, and its eigenvalues from a dense solver. */
function wishart(m: number, size: number, seed: number) {
  const random = createRandom(seed);
  const x = fromRows(Array.from({ length: m }, () => Array.from({ length: size }, () => random.normal())));
  const a = multiply(x, x, { transposeA: true });
  const matrix = toRows(a).map((row) => row.map((entry) => entry / m));
  const surface = atMinimum(matrix);
  const at = new Float32Array(size);
  return {
    size,
    matrix,
    trace: matrix.reduce((sum, row, i) => sum + row[i]!, 0),
    product: (v: Float32Array) => surface.hessianVector(at, v),
    eigenvalues: Array.from(symmetricEigenvalues(fromRows(matrix))).sort((a, b) => b - a),
  };
}
const sample = wishart(160, 80, 11);

test('the five largest eigenvalues of a Wishart matrix, each within its residual', async () => {
  const found = (await lanczos(sample.product, randomDirection(80, 1, 1), {
    steps: 60,
    tolerance: 1e-4,
    largest: 5,
  }))!;
  assert.equal(found.largest.length, 5);
  found.largest.forEach(({ value, residual }, i) => {
    assert.ok(residual < 1e-3, String(residual));
    near(value, sample.eigenvalues[i]!, 1e-4);
  });
  const vector = found.vector(1)!;
  near(norm(vector), 1, 1e-5);
  const image = await sample.product(vector);
  assert.ok(norm(image.map((entry, i) => entry - found.largest[1]!.value * vector[i]!)) < 2e-3);
});

test('an operator of one dimension has one eigenvalue, however many are asked for', async () => {
  const found = (await lanczos(async (v) => v.map((entry) => 7 * entry), Float32Array.of(2), {
    steps: 9,
    largest: 3,
  }))!;
  assert.deepEqual(
    found.largest.map(({ value }) => value),
    [7],
  );
  assert.deepEqual(Array.from(found.vector(0)!), [1]);
});

test('both traces are unbiased, and off by what their standard errors say', async () => {
  for (const estimate of [hutchinsonTrace, hutchPlusPlusTrace]) {
    const scores: number[] = [];
    for (let seed = 0; seed < 20; seed++) {
      const { value, standardError } = (await estimate(sample.product, 80, { products: 30, seed }))!;
      scores.push((value - sample.trace) / standardError!);
    }
    // Student's t of 9 degrees of freedom or more: |t| < 4 in 99.7 % of draws, and a mean of 20 within 1 of 0.
    assert.ok(Math.max(...scores.map(Math.abs)) < 5, `${estimate.name} ${scores}`);
    assert.ok(Math.abs(meanOf(scores).value) < 1, `${estimate.name} ${scores}`);
  }
});

test('Hutch++ needs far fewer products where a few eigenvalues carry the trace', async () => {
  const spectrum = Float64Array.from({ length: 300 }, (_, i) => (i < 4 ? 100 / (i + 1) : 0.01));
  const spin = randomDirection(300, 1, 3);
  const reflect = (v: Float32Array): Float32Array => {
    const along = spin.reduce((sum, s, i) => sum + s * v[i]!, 0);
    return v.map((entry, i) => entry - 2 * along * spin[i]!);
  };
  const product = async (v: Float32Array) =>
    reflect(reflect(v).map((entry, i) => entry * spectrum[i]!) as Float32Array);
  const trace = spectrum.reduce((sum, value) => sum + value, 0);
  const plain = (await hutchinsonTrace(product, 300, { products: 30, seed: 1 }))!;
  const better = (await hutchPlusPlusTrace(product, 300, { products: 30, seed: 1 }))!;
  near(better.value, trace, 0.05);
  assert.ok(better.standardError! < plain.standardError! / 10);
});

test('Hutch++ is exact where its sketch spans the whole space', async () => {
  const { quadratic: q } = curvature;
  const found = (await hutchPlusPlusTrace((v) => bowl.hessianVector(w, v), 3, { products: 12, seed: 2 }))!;
  near(found.value, q.trace, 1e-5);
  assert.equal(found.standardError, 0);
});

test('one probe has no standard error; a product that is not finite has no trace', async () => {
  assert.equal((await hutchinsonTrace(sample.product, 80, { products: 1, seed: 0 }))!.standardError, null);
  const broken = async (v: Float32Array) => v.map(() => Number.NaN);
  assert.equal(await hutchinsonTrace(broken, 80, { products: 3, seed: 0 }), null);
  assert.equal(await hutchPlusPlusTrace(broken, 80, { products: 3, seed: 0 }), null);
  assert.equal(await spectralDensity(broken, 80, { probes: 1, steps: 3, seed: 0 }), null);
});

test('the quadrature of the reference start has the reference nodes and weights', async () => {
  const expected = curvature.lanczos_diag12345_start_ones;
  const { nodes, weights } = gaussQuadrature(
    Float64Array.from(expected.alphas),
    Float64Array.from(expected.betas),
  );
  expected.ritz.forEach((node, i) => {
    near(nodes[i]!, node, 1e-9);
  });
  expected.slq_weights.forEach((weight, i) => {
    near(weights[i]!, weight, 1e-9);
  });
});

test('the density integrates to one, and its mean and variance are those of the eigenvalues', async () => {
  const found = (await spectralDensity(sample.product, 80, { probes: 40, steps: 30, seed: 5 }))!;
  const step = found.grid[1]! - found.grid[0]!;
  const moment = (f: (t: number) => number) =>
    found.values.reduce((sum, value, i) => sum + value * f(found.grid[i]!) * step, 0);
  near(
    moment(() => 1),
    1,
    1e-3,
  );
  const mean = sample.trace / 80;
  near(
    moment((t) => t),
    mean,
    0.03,
  );
  const variance = meanOf(sample.eigenvalues.map((value) => (value - mean) ** 2)).value;
  near(
    moment((t) => (t - mean) ** 2),
    variance,
    0.1 * variance,
  );
  assert.equal(found.standardErrors!.length, found.grid.length);
});

test('one adaptive ascent step is the reference value and point', async () => {
  const { quadratic: q } = curvature;
  const found = (await samWorstCase(bowl, w, await bowl.lossAndGradient(w), {
    rho: q.rho,
    ascentSteps: 1,
    scale: magnitude,
  }))!;
  near(found.value, q.asam_sharpness_one_step, 1e-5);
  q.asam_eps_davda54_T_abs_w.forEach((e, i) => {
    near(found.perturbation[i]!, e, 1e-6);
  });
});

test('restarts never find less, and climb where one ascent starts in the wrong direction', async () => {
  // At the minimum along the first axis, with curvature 5 along the second: the gradient never leads there.
  const saddle = quadratic(
    [
      [1, 0],
      [0, 5],
    ],
    [1, 0],
  );
  const at = new Float32Array(2);
  const options = { rho: 2, ascentSteps: 20 };
  const start = await saddle.lossAndGradient(at);
  const one = (await samWorstCase(saddle, at, start, options))!;
  const more = (await samWorstCase(saddle, at, start, { ...options, restarts: 3, seed: 1 }))!;
  near(one.value, 4, 1e-5); // 2 + 2
  assert.ok(more.value > 9.9, String(more.value)); // 5/2 * 4, and a little of the slope
});

test('a ball of radius 0 holds the weights alone', async () => {
  const at = await bowl.lossAndGradient(w);
  assert.equal((await samWorstCase(bowl, w, at, { rho: 0 }))!.value, 0);
  assert.equal((await samWorstCase(bowl, w, at, { rho: 0, scale: magnitude, restarts: 2 }))!.value, 0);
  assert.equal((await averageCase(bowl, w, at.loss, { sigma: 0, draws: 3, seed: 0 }))!.value, 0);
});

test('the average case is half the trace times the variance, plain and adaptive', async () => {
  const { quadratic: q } = curvature;
  for (const { scale, expected } of [
    { scale: undefined, expected: q.avg_gaussian_sigma_rho_expectation },
    { scale: magnitude, expected: q.avg_adaptive_gaussian_expectation },
  ]) {
    const found = (await averageCase(bowl, w, q.loss, {
      sigma: q.rho,
      draws: 3000,
      seed: 4,
      ...(scale && { scale }),
    }))!;
    assert.ok(found.standardError! < 0.03 * expected);
    assert.ok(Math.abs(found.value - expected) < 4 * found.standardError!, `${found.value} ${expected}`);
  }
});

test('differences of gradients give the product of a quadratic', async () => {
  const differences = hessianByDifferences(bowl);
  const v = Float32Array.of(3, -4, 12);
  const [exact, found] = [await bowl.hessianVector(w, v), await differences.hessianVector(w, v)];
  assert.ok(norm(found.map((entry, i) => entry - exact[i]!)) < 2e-3 * norm(exact));
  assert.deepEqual(await differences.hessianVector(w, new Float32Array(3)), new Float32Array(3));
});

test('a restriction sees its block of the Hessian, and leaves the rest of the weights', async () => {
  const part = restrictSurface(bowl, w, [
    { from: 0, to: 1 },
    { from: 2, to: 3 },
  ]);
  assert.equal(part.size, 2);
  const at = part.pick(w);
  assert.deepEqual(Array.from(at), [1, 0.5]);
  assert.equal(await part.loss(at), await bowl.loss(w));
  assert.deepEqual(Array.from((await part.lossAndGradient(at)).gradient), [1, 0]);
  assert.deepEqual(Array.from(await part.hessianVector(at, Float32Array.of(1, 1))), [4, 2]);
  assert.throws(() => restrictSurface(bowl, w, [{ from: 2, to: 9 }]), /2 to 9/);
});

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to ${tolerance}`);
}
