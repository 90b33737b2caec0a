/** Directions, coordinates and grids, against values worked out by hand or by the reference. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { coordinatesOf } from '../../../src/core/landscape/coordinates';
import { filterNormalise } from '../../../src/core/landscape/filterNormalise';
import { axisValues, coarseToFine } from '../../../src/core/landscape/grid';
import { randomFilterDirection } from '../../../src/core/landscape/randomDirections';
import { principalAxes } from '../../../src/core/landscape/trajectory';
import { dot, norm } from '../../../src/core/linearAlgebra/matrix';
import { randomDirection } from '../../../src/core/sharpness/sam';
import golden from '../sharpness/fixtures/reference-values.json';

const { filter_norm: reference } = golden.curvature;

test('filter normalisation gives the reference values, a row at a time', () => {
  const direction = Float32Array.from(reference.D.flat());
  filterNormalise(direction, Float32Array.from(reference.W.flat()), [2, 3]);
  reference.out.flat().forEach((value, i) => {
    near(direction[i]!, value, 1e-6);
  });
});

test('biases and norms do not move, nor does a filter of a direction that is zero', () => {
  const bias = Float32Array.of(1, 2);
  filterNormalise(bias, Float32Array.of(3, 4), [2]);
  assert.deepEqual(Array.from(bias), [0, 0]);
  const zero = new Float32Array(4);
  filterNormalise(zero, Float32Array.of(1, 2, 3, 4), [2, 2]);
  assert.deepEqual(Array.from(zero), [0, 0, 0, 0]);
});

test('random directions: the same draws for the same seed, in units of the weights', () => {
  const specs = { w: { shape: [2, 3], dtype: 'float32' }, b: { shape: [3], dtype: 'float32' } } as const;
  const weights = Float32Array.of(3, 4, 0, 0, 0, 2, 9, 9, 9);
  const direction = randomFilterDirection(specs, weights, 7, 0);
  near(norm(direction.subarray(0, 3)), 5, 1e-5);
  near(norm(direction.subarray(3, 6)), 2, 1e-5);
  assert.deepEqual(Array.from(direction.subarray(6)), [0, 0, 0]);
  assert.deepEqual(randomFilterDirection(specs, weights, 7, 0), direction);
  const doubled = randomFilterDirection(
    specs,
    weights.map((value) => 2 * value),
    7,
    0,
  );
  doubled.forEach((value, i) => {
    near(value, 2 * direction[i]!, 1e-5);
  });
  assert.notDeepEqual(randomFilterDirection(specs, weights, 7, 1), direction);
  assert.notDeepEqual(randomFilterDirection(specs, weights, 8, 0), direction);
});

test('coordinates by least squares, on axes that are neither orthogonal nor of length 1', () => {
  const origin = Float32Array.of(1, 1, 1);
  const [first, second] = [Float32Array.of(2, 0, 0), Float32Array.of(1, 1, 0)];
  const point = Float32Array.of(1 + 2 * 3 - 2, 1 - 2, 1 + 5); // 3 first - 2 second, 5 above the plane
  const found = coordinatesOf(point, origin, first, second);
  near(found.x, 3, 1e-6);
  near(found.y, -2, 1e-6);
  near(found.distance, 5, 1e-6);
  const slice = coordinatesOf(point, origin, first);
  assert.deepEqual([slice.x, slice.y], [2, 0]);
  near(slice.distance, Math.sqrt(4 + 25), 1e-6);
});

test('axes along one line share the way', () => {
  const [first, second] = [Float32Array.of(1, 0), Float32Array.of(-2, 0)];
  const { x, y, distance } = coordinatesOf(Float32Array.of(5, 3), new Float32Array(2), first, second);
  near(x - 2 * y, 5, 1e-6);
  near(distance, 3, 1e-6);
});

test('principal axes are orthonormal, and explain what they should', () => {
  const [u, v] = [randomDirection(50, 1, 1), randomDirection(50, 1, 2)];
  const along = dot(u, v);
  const orthogonal = v.map((value, i) => value - along * u[i]!);
  const unit = orthogonal.map((value) => value / norm(orthogonal));
  const origin = randomDirection(50, 3, 3);
  const at = (a: number, b: number) => origin.map((value, i) => value + a * u[i]! + b * unit[i]!);
  const [first, second, ...more] = principalAxes([at(6, 1), at(3, -2), at(-5, 0)], origin, 3);
  // Gram in these coordinates: sum a^2 = 70, sum ab = 0, sum b^2 = 5.
  assert.equal(more.length, 0);
  near(first!.explainedVariance, 70 / 75, 1e-6);
  near(second!.explainedVariance, 5 / 75, 1e-6);
  near(norm(first!.direction), 1, 1e-5);
  near(dot(first!.direction, second!.direction), 0, 1e-5);
  near(dot(first!.direction, u), 1, 1e-5);
  assert.deepEqual(principalAxes([origin], origin, 2), []);
});

test('axes reach both ends, and an odd number has its middle exactly halfway', () => {
  assert.deepEqual(axisValues(-1, 1, 5), [-1, -0.5, 0, 0.5, 1]);
  assert.equal(axisValues(-0.7, 0.7, 41)[20], 0);
});

test('coarse to fine: every point once, and a regular picture after every stride', () => {
  for (const [rows, columns] of [
    [21, 21],
    [1, 41],
    [4, 7],
    [3, 3],
  ] as const) {
    const points = coarseToFine(rows, columns);
    assert.equal(new Set(points.map(({ row, column }) => `${row} ${column}`)).size, rows * columns);
    assert.ok(points.every((point, i) => i === 0 || point.stride <= points[i - 1]!.stride));
  }
  const coarse = coarseToFine(21, 21).filter(({ stride }) => stride === 4);
  assert.equal(coarse.length, 25);
  assert.deepEqual([coarse[0]!.row, coarse[0]!.column], [10, 10]);
  assert.deepEqual(
    [...new Set(coarse.map(({ row }) => row))].sort((a, b) => a - b),
    [2, 6, 10, 14, 18],
  );
});

function near(found: number, expected: number, tolerance: number): void {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not ${expected} to ${tolerance}`);
}
