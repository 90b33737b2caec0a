/** Curvature and sharpness on surfaces whose answers are known. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { norm } from '../../../src/core/linearAlgebra/matrix';
import { lanczos } from '../../../src/core/sharpness/lanczos';
import type { LossSurface } from '../../../src/core/sharpness/lossSurface';
import { randomDirection, samWorstCase } from '../../../src/core/sharpness/sam';
import { measureSharpness } from '../../../src/core/sharpness/sharpness';
import golden from './fixtures/reference-values.json';
import { atMinimum, quadratic, weightedGram } from './surfaces';

const { curvature } = golden;
const bowl = quadratic(curvature.quadratic.A, curvature.quadratic.b);
const w = Float32Array.from(curvature.quadratic.w);
const { rho } = curvature.quadratic;

test('the quadratic is the one of the reference', async () => {
  const at = await bowl.lossAndGradient(w);
  near(at.loss, curvature.quadratic.loss, 1e-6);
  assert.deepEqual(Array.from(at.gradient), curvature.quadratic.grad);
});

test('one ascent step is the one-step SAM value', async () => {
  const found = await samWorstCase(bowl, w, await bowl.lossAndGradient(w), { rho, ascentSteps: 1 });
  near(found!.value, curvature.quadratic.sam_sharpness_one_step, 1e-5);
  curvature.quadratic.sam_eps.forEach((e, i) => {
    near(found!.perturbation[i]!, e, 1e-6);
  });
});

test('five ascent steps reach the maximum over the ball, from below', async () => {
  const found = await samWorstCase(bowl, w, await bowl.lossAndGradient(w), { rho });
  const exact = curvature.quadratic.exact_ball_max_sharpness;
  assert.ok(found!.value <= exact + 1e-5 && found!.value > exact - 2e-5, String(found!.value));
  near(norm(found!.perturbation), rho, 1e-6);
});

test('at a minimum, where the gradient is zero, the ascent starts at random and still climbs', async () => {
  const valley = atMinimum(curvature.quadratic.A);
  const zero = new Float32Array(3);
  const found = await samWorstCase(valley, zero, await valley.lossAndGradient(zero), {
    rho,
    ascentSteps: 30,
    seed: 3,
  });
  near(found!.value, curvature.quadratic.at_minimum.exact_ball_max, 1e-5);
});

test('the worst case is never below zero, and zero on a plain', async () => {
  const plain = quadratic(
    [
      [0, 0],
      [0, 0],
    ],
    [0, 0],
  );
  const at = { loss: 0, gradient: new Float32Array(2) };
  assert.equal((await samWorstCase(plain, new Float32Array(2), at))!.value, 0);
});

test('Lanczos gives the reference tridiagonal matrix and both ends', async () => {
  const expected = curvature.lanczos_diag12345_start_ones;
  const found = await lanczos(
    async (v) => v.map((entry, i) => entry * (i + 1)),
    new Float32Array(5).fill(1),
    { steps: 5, tolerance: 0 },
  );
  assert.ok(found);
  expected.alphas.forEach((alpha, i) => {
    near(found.alphas[i]!, alpha, 1e-5);
  });
  expected.betas.forEach((beta, i) => {
    near(found.betas[i]!, beta, 1e-5);
  });
  near(found.top.value, 5, 1e-5);
  near(found.smallest.value, 1, 1e-5);
});

const hessians = {
  quadratic: { h: curvature.quadratic.A, eig: curvature.quadratic.eig },
  'linear regression': {
    h: weightedGram(curvature.hessian_linear_mse.X, [2, 2, 2, 2]),
    eig: curvature.hessian_linear_mse.eig,
  },
  logistic: {
    h: weightedGram(curvature.hessian_logistic.X, logisticWeights()),
    eig: curvature.hessian_logistic.eig,
  },
  softmax: { h: softmaxHessian(), eig: curvature.hessian_softmax_ce.eig },
};
for (const [name, { h, eig }] of Object.entries(hessians)) {
  test(`both ends of the spectrum: ${name}`, async () => {
    const found = await measureSharpness(atMinimum(h), new Float32Array(h.length), {
      lanczosSteps: h.length,
    });
    near(found.topEigenvalue!, eig.at(-1)!, 1e-5);
    near(found.smallestEigenvalue!, eig[0]!, 1e-5);
  });
}

test('finds the negative end where it is the larger one', async () => {
  const found = await measureSharpness(
    atMinimum([
      [-7, 0, 0],
      [0, 2, 0],
      [0, 0, 1],
    ]),
    new Float32Array(3),
  );
  near(found.topEigenvalue!, 2, 1e-5);
  near(found.smallestEigenvalue!, -7, 1e-5);
});

test('a spectrum that is cut short encloses the truth in its residual, and says so', async () => {
  const size = 400;
  const spectrum = Float64Array.from({ length: size }, (_, i) => (i === 0 ? -3 : i / 100));
  const product = async (v: Float32Array) => v.map((entry, i) => entry * spectrum[i]!);
  const found = (await lanczos(product, randomDirection(size, 1, 1), { steps: 6 }))!;
  assert.ok(found.top.value < 3.99 && found.smallest.value > -3);
  for (const end of [found.top, found.smallest]) {
    assert.ok(spectrum.some((value) => Math.abs(value - end.value) <= end.residual));
  }
  const surface: LossSurface = { ...atMinimum([[1]]), size, hessianVector: (_, v) => product(v) };
  const flat = {
    ...surface,
    loss: async () => 1,
    lossAndGradient: async () => ({ loss: 1, gradient: new Float32Array(size) }),
  };
  const figures = await measureSharpness(flat, new Float32Array(size), { lanczosSteps: 3 });
  assert.match(figures.why ?? '', /smallest eigenvalue may be below .* after 3 products/);
});

test('stays right over many steps, where rounding would repeat eigenvalues', async () => {
  const size = 200;
  const product = async (v: Float32Array) => v.map((entry, i) => entry * (i === 0 ? 1000 : i / size));
  const found = (await lanczos(product, randomDirection(size, 1, 2), { steps: 60, tolerance: 0 }))!;
  near(found.top.value, 1000, 1e-2);
  near(found.smallest.value, 1 / size, 1e-3);
});

test('the same seed gives the same figures; weights are left as they are', async () => {
  const before = w.slice();
  const [one, two] = [
    await measureSharpness(bowl, w, { seed: 4 }),
    await measureSharpness(bowl, w, { seed: 4 }),
  ];
  assert.deepEqual(one, two);
  assert.deepEqual(w, before);
});

test('what is not finite is null, with the reason', async () => {
  const broken = { ...bowl, lossAndGradient: async () => ({ loss: Number.NaN, gradient: w }) };
  const none = await measureSharpness(broken, w);
  assert.deepEqual([none.loss, none.samWorstCase, none.topEigenvalue], [null, null, null]);
  assert.match(none.why ?? '', /loss is NaN/);

  const cliff = { ...bowl, loss: async () => Number.POSITIVE_INFINITY };
  const partly = await measureSharpness(cliff, w);
  assert.equal(partly.samWorstCase, null);
  near(partly.topEigenvalue!, curvature.quadratic.eig[2]!, 1e-4);
  assert.match(partly.why ?? '', /not finite within 0.05/);

  const crooked = { ...bowl, hessianVector: async () => new Float32Array(3).fill(Number.NaN) };
  const flat = await measureSharpness(crooked, w);
  assert.equal(flat.topEigenvalue, null);
  assert.ok(flat.samWorstCase! > 0);
});

test('a gradient that changes between two looks is said', async () => {
  let turn = 0;
  const shaky = {
    ...bowl,
    lossAndGradient: async (p: Float32Array) => {
      const { loss, gradient } = await bowl.lossAndGradient(p);
      turn++;
      return { loss, gradient: gradient.map((g) => g + 1e-6 * turn) };
    },
  };
  assert.match((await measureSharpness(shaky, w)).why ?? '', /differ/);
});

test('stops when cancelled and reports its progress', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const work = measureSharpness(bowl, w, {
    signal: controller.signal,
    onProgress: ({ done }) => {
      seen.push(done);
      if (done === 3) controller.abort(new Error('enough'));
    },
  });
  await assert.rejects(work, /enough/);
  assert.deepEqual(seen, [0, 1, 2, 3]);
});

function logisticWeights(): number[] {
  const { X, w: at } = curvature.hessian_logistic;
  return X.map((x) => {
    const p = 1 / (1 + Math.exp(-(x[0]! * at[0]! + x[1]! * at[1]!)));
    return p * (1 - p);
  });
}

/** Kronecker products of diag(p) - pp' and xx', mean over the samples; weights row-major. */
function softmaxHessian(): number[][] {
  const { X, W } = curvature.hessian_softmax_ce;
  const h = Array.from({ length: 6 }, () => new Array<number>(6).fill(0));
  for (const x of X) {
    const scores = W.map((row) => Math.exp(row[0]! * x[0]! + row[1]! * x[1]!));
    const total = scores.reduce((sum, s) => sum + s, 0);
    const p = scores.map((s) => s / total);
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) {
        const [a, b] = [i >> 1, j >> 1];
        h[i]![j]! += (p[a]! * ((a === b ? 1 : 0) - p[b]!) * x[i % 2]! * x[j % 2]!) / X.length;
      }
    }
  }
  return h;
}

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to ${tolerance}`);
}
