import '@tensorflow/tfjs-backend-cpu';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { withBackend } from '../../../src/core/compute/backend';
import { centreColumns } from '../../../src/core/finetune/objectives/centre';
import { covarianceDistance } from '../../../src/core/finetune/objectives/covariance';
import { alignedByCovariance } from '../../../src/core/finetune/objectives/covarianceAlignment';
import { columnGram } from '../../../src/core/linearAlgebra/multiply';
import { symmetricEigenvalues } from '../../../src/core/linearAlgebra/symmetricEigen';
import { createRandom } from '../../../src/core/random';
import type { Features } from '../../../src/core/similarity/features';

const golden = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'fixtures/reference-values.json'), 'utf8'),
) as { X: number[][]; Y: number[][]; repsim_minimum_over_R: { cov_min: number } };

function features(rows: number[][]): Features {
  return { n: rows.length, d: rows[0]!.length, data: Float32Array.from(rows.flat()) };
}

function gaussian(n: number, d: number, seed: number): Features {
  const random = createRandom(seed);
  return { n, d, data: Float32Array.from({ length: n * d }, (_, i) => (1 + (i % d)) * random.normal()) };
}

/** ||X' X||_F^2 of the centred features, and their covariance objective against `aligned`, undivided. */
async function distance(f: Features, aligned: Float32Array): Promise<number> {
  return withBackend('cpu', () =>
    tf.tidy(() => {
      const side = (data: Features['data']) => centreColumns(tf.tensor(Float32Array.from(data), [f.n, f.d]));
      const target = side(aligned);
      const norm = tf.sum(tf.square(tf.matMul(target, target, true, false)));
      return tf.mul(covarianceDistance(side(f.data), target), norm).dataSync()[0]!;
    }),
  );
}

function spectrum({ n, d, data }: Features): number[] {
  const centred = new Float64Array(data);
  for (let j = 0; j < d; j++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += data[i * d + j]! / n;
    for (let i = 0; i < n; i++) centred[i * d + j]! -= mean;
  }
  return [...symmetricEigenvalues(columnGram({ rows: n, columns: d, data: centred }))];
}

test('aligned covariances reach the reference minimum', async () => {
  const x = features(golden.X);
  const y = features(golden.Y.map((row) => row.slice(0, 3)));
  const actual = (await distance(y, alignedByCovariance(y, x))) / 81;
  const expected = golden.repsim_minimum_over_R.cov_min;
  assert.ok(Math.abs(actual - expected) < 1e-5 * expected, `${actual} is not ${expected}`);
});

test('the minimum is the squared difference of the sorted spectra, with more and with fewer images than features', async () => {
  for (const [n, d] of [
    [40, 6],
    [8, 20],
  ] as const) {
    const [f, f0] = [gaussian(n, d, 1), gaussian(n, d, 2)];
    const [a, b] = [spectrum(f), spectrum(f0)];
    const expected = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
    const actual = await distance(f, alignedByCovariance(f, f0));
    assert.ok(Math.abs(actual - expected) < 1e-4 * expected, `n ${n}: ${actual} is not ${expected}`);
  }
});
