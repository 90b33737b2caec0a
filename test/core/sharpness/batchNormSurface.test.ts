/** The loss around a network with BatchNorm: its running statistics are where it is, not where it can go. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createReferenceRuntime } from '../../../src/core/compute/reference';
import { compileLossPlane } from '../../../src/core/landscape/pointProgram';
import { randomFilterDirection } from '../../../src/core/landscape/randomDirections';
import { createRandom } from '../../../src/core/random';
import { learnedSurface } from '../../../src/core/sharpness/learnedSurface';
import { lossPrograms } from '../../../src/core/sharpness/lossPrograms';
import { flattenParameters, modelLossSurface } from '../../../src/core/sharpness/modelLossSurface';
import { parameterPlaces, selectParameters } from '../../../src/core/sharpness/parameterLayers';
import { randomDirection } from '../../../src/core/sharpness/sam';
import { batchNormParameters, draw, batchNormModel as model, side } from '../finetune/batchNormModel';

const n = 7;
const samples = {
  images: draw([n, 3, side, side], 5, 1).data as Float32Array,
  labels: [0, 1, 2, 2, 1, 0, 1],
};
const runtime = createReferenceRuntime();
const programs = lossPrograms(runtime, model, 4);
const whole = modelLossSurface(programs, samples);
let weights: Float32Array;
test.before(async () => {
  weights = await flattenParameters(model.parameters, batchNormParameters(2));
});

/** Places of the buffers in the vector of all parameters. */
function bufferPlaces(): number[] {
  const places: number[] = [];
  let at = 0;
  for (const [name, { shape }] of Object.entries(model.parameters)) {
    for (let i = 0; i < shape.reduce((a, b) => a * b, 1); i++, at++)
      if (model.buffers.includes(name)) places.push(at);
  }
  return places;
}

test('buffers have no gradient and no curvature, whatever the direction', async () => {
  const { gradient } = await whole.lossAndGradient(weights);
  const random = createRandom(1);
  const v = Float32Array.from(weights, () => random.normal());
  const without = v.slice();
  for (const place of bufferPlaces()) without[place] = 0;
  const product = await whole.hessianVector(weights, v);
  assert.deepEqual(product, await whole.hessianVector(weights, without));
  assert.equal(bufferPlaces().length, 10);
  for (const place of bufferPlaces()) {
    assert.equal(gradient[place], 0);
    assert.equal(product[place], 0);
  }
  assert.ok(gradient.some((value) => value !== 0) && product.some((value) => value !== 0));
});

test('what is measured is the surface without them, at the same place', async () => {
  const { surface, w, spread } = learnedSurface(model, whole, weights);
  assert.equal(surface.size, weights.length - 10);
  assert.equal(await surface.loss(w), await whole.loss(weights));
  const v = randomDirection(surface.size, 0.01, 3);
  const moved = w.map((value, i) => value + v[i]!);
  const direction = spread(v);
  const movedWhole = weights.map((value, i) => value + direction[i]!);
  assert.equal(await surface.loss(moved), await whole.loss(movedWhole));
  for (const place of bufferPlaces()) assert.equal(direction[place], 0);
  const { gradient } = await surface.lossAndGradient(w);
  const slope = ((await surface.loss(moved)) - (await surface.loss(w.map((x, i) => x - v[i]!)))) / 2;
  const expected = gradient.reduce((sum, g, i) => sum + g * v[i]!, 0);
  assert.ok(Math.abs(slope - expected) < 1e-5 + 1e-2 * Math.abs(expected), `${slope} is not ${expected}`);
});

test('the loss does depend on the statistics: evaluation reads them', async () => {
  const other = weights.slice();
  for (const place of bufferPlaces()) other[place]! += 0.5;
  assert.notEqual(await whole.loss(other), await whole.loss(weights));
});

test('no parameter that can be selected is a buffer', () => {
  const names = selectParameters(parameterPlaces(model), 'all').map(({ name }) => name);
  assert.deepEqual(names, ['stem.weight', 'norm.weight', 'norm.bias', 'head.weight', 'head.bias']);
});

test('random directions leave them, and draw the same for everything else', async () => {
  const direction = randomFilterDirection(model.parameters, weights, 3, 0, model.buffers);
  for (const place of bufferPlaces()) assert.equal(direction[place], 0);
  assert.ok(direction.some((value) => value !== 0));
  const plane = await compileLossPlane(runtime, model, { origin: weights, first: direction }, [samples], 4);
  const [point] = await plane.at(0.25, 0);
  const expected = await whole.loss(weights.map((value, i) => value + 0.25 * direction[i]!));
  assert.ok(Math.abs(point!.loss - expected) < 1e-5);
  await plane.dispose();
});
