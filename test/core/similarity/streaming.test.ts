/** The streaming forms of linear CKA against the direct ones, which are tested against references. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { createOnnxRuntime } from '../../../src/core/compute/onnx/runtime';
import { createRandom } from '../../../src/core/random';
import { debiasedLinearCka, linearCka } from '../../../src/core/similarity/cka';
import { minibatchCka } from '../../../src/core/similarity/ckaMinibatch';
import type { Features, Similarity } from '../../../src/core/similarity/features';
import { featureSpaceCka } from '../../../src/core/similarity/streaming/featureSpaceCka';
import { gramCka } from '../../../src/core/similarity/streaming/gramCka';
import { minibatchCkas } from '../../../src/core/similarity/streaming/minibatchCkas';
import { ckaTable, type SimilarityTable } from '../../../src/core/similarity/streaming/pairTerms';
import { float64Products, type Products, type Sides } from '../../../src/core/similarity/streaming/products';
import { runtimeProducts } from '../../../src/core/similarity/streaming/runtimeProducts';
import { gaussian, mapped } from './cloud';

/** Layers that share a signal, with means far from 0 and of different widths and sizes. */
function layers(n: number, widths: readonly number[], seed: number): Features[] {
  const signal = gaussian(n, 3, 1);
  return widths.map((d, l) => {
    const random = createRandom(seed, l);
    const noise = gaussian(n, d, 100 * seed + l);
    const mix = Array.from({ length: 3 * d }, () => random.normal());
    const offset = Array.from({ length: d }, () => 5 * random.normal());
    return mapped(noise, (value, at) => {
      const [i, j] = [Math.floor(at / d), at % d];
      let sum = value + offset[j]!;
      for (let k = 0; k < 3; k++) sum += signal.data[i * 3 + k]! * mix[k * d + j]!;
      return 10 ** (2 * l - 2) * sum;
    });
  });
}

function rowsOf(x: Features, start: number, count: number): Features {
  const n = Math.min(count, x.n - start);
  return { n, d: x.d, data: x.data.subarray(start * x.d, (start + n) * x.d) };
}

function blocks(sides: Sides<Features>, size: number): Sides<Features>[] {
  const { n } = sides.a[0]!;
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => ({
    a: sides.a.map((x) => rowsOf(x, i * size, size)),
    b: sides.b.map((x) => rowsOf(x, i * size, size)),
  }));
}

const widthsOf = ({ a, b }: Sides<Features>) => ({ a: a.map(({ d }) => d), b: b.map(({ d }) => d) });

async function streamed(products: Products, sides: Sides<Features>, block: number) {
  const stream = await featureSpaceCka(products, block, widthsOf(sides));
  for (const part of blocks(sides, block)) await stream.add(part);
  return stream.finish();
}

async function minibatches(products: Products, sides: Sides<Features>) {
  const stream = await minibatchCkas(products, widthsOf(sides));
  for (const part of blocks(sides, 256)) await stream.add(part);
  return stream.finish();
}

function assertTable(
  found: SimilarityTable,
  sides: Sides<Features>,
  direct: (x: Features, y: Features) => Similarity,
  atol: number,
): void {
  sides.a.forEach((x, i) => {
    sides.b.forEach((y, j) => {
      const [value, wanted] = [found[i]![j]!, direct(x, y)];
      const where = `layer ${i} against layer ${j}`;
      if (wanted.value === null) assert.deepEqual(value, wanted, where);
      else
        assert.ok(Math.abs(value.value! - wanted.value) <= atol, `${where}: ${value.value}, ${wanted.value}`);
    });
  });
}

const sidesOf = (n: number): Sides<Features> => ({
  a: layers(n, [5, 20, 33], 7),
  b: layers(n, [12, 40], 8),
});

for (const n of [4, 9, 37, 600]) {
  test(`in float64 the streaming forms are the direct ones to 1e-9, ${n} samples`, async () => {
    const sides = sidesOf(n);
    for (const terms of [await streamed(float64Products, sides, 64), await gramCka(float64Products, sides)]) {
      assertTable(ckaTable('cka', terms), sides, linearCka, 1e-9);
      assertTable(ckaTable('cka-debiased', terms), sides, debiasedLinearCka, 1e-9);
    }
    assertTable(await minibatches(float64Products, sides), sides, (x, y) => minibatchCka(x, y), 1e-9);
  });
}

test('through the float32 runtime they agree to 1e-4', async (t) => {
  const runtime = await createOnnxRuntime('onnx-cpu', { threads: 1 });
  t.after(() => runtime.dispose());
  const products = runtimeProducts(runtime);
  const sides = sidesOf(600);
  for (const terms of [await streamed(products, sides, 128), await gramCka(products, sides)]) {
    assertTable(ckaTable('cka', terms), sides, linearCka, 1e-4);
    assertTable(ckaTable('cka-debiased', terms), sides, debiasedLinearCka, 1e-4);
  }
  assertTable(await minibatches(products, sides), sides, (x, y) => minibatchCka(x, y), 1e-4);
});

test('a layer with NaN and one that does not vary are undefined with the reason, and disturb no other', async () => {
  const sides = sidesOf(300);
  const broken = mapped(sides.a[1]!, (v) => v);
  broken.data[270 * broken.d + 4] = Number.NaN;
  const flat = mapped(sides.b[0]!, (_, at) => [0.1, -3, 1e5][at % 3]!);
  const bad = { a: [sides.a[0]!, broken, sides.a[2]!], b: [flat, sides.b[1]!] };
  for (const terms of [await streamed(float64Products, bad, 64), await gramCka(float64Products, bad)]) {
    assertTable(ckaTable('cka-debiased', terms), bad, debiasedLinearCka, 1e-9);
    const table = ckaTable('cka', terms);
    assert.deepEqual(table[1]![1], { value: null, why: 'sample 270 holds NaN in feature 4' });
    assert.deepEqual(table[0]![0], { value: null, why: 'the representation is the same for every sample' });
    assert.ok(table[0]![1]!.value! > 0.1);
  }
  assertTable(await minibatches(float64Products, bad), bad, (x, y) => minibatchCka(x, y), 1e-9);
});

test('layers in which all samples but one are the same have nothing left once debiased', async () => {
  const sides = sidesOf(37);
  const lonely = mapped(sides.a[1]!, (_, at) => (at < sides.a[1]!.d ? Math.sin(at) : 0.1));
  const some = { a: [lonely, sides.a[0]!], b: [sides.b[0]!, lonely] };
  const runtime = await createOnnxRuntime('onnx-cpu', { threads: 1 });
  for (const products of [float64Products, runtimeProducts(runtime)]) {
    const table = await minibatches(products, some);
    const none = { value: null, why: 'once debiased, no variation is left to compare; give more samples' };
    assert.deepEqual([table[0]![0], table[0]![1], table[1]![1]], [none, none, none]);
    assertTable([[table[1]![0]!]], { a: [some.a[1]!], b: [some.b[0]!] }, (x, y) => minibatchCka(x, y), 1e-4);
  }
  for (const other of [lonely, sides.b[0]!]) assert.equal(minibatchCka(lonely, other).value, null);
  await runtime.dispose();
});

for (const n of [2, 3]) {
  test(`of ${n} samples the debiased forms alone are undefined`, async () => {
    const sides = sidesOf(n);
    for (const terms of [await streamed(float64Products, sides, 64), await gramCka(float64Products, sides)]) {
      assertTable(ckaTable('cka', terms), sides, linearCka, 1e-9);
      assertTable(ckaTable('cka-debiased', terms), sides, debiasedLinearCka, 1e-9);
    }
    assertTable(await minibatches(float64Products, sides), sides, (x, y) => minibatchCka(x, y), 1e-9);
  });
}

test('a layer that varies only after the first block is measured all the same', async () => {
  const sides = sidesOf(300);
  const late = mapped(sides.a[2]!, (v, at) => (at < 64 * sides.a[2]!.d ? 3 : v));
  const some = { a: [late], b: sides.b };
  assertTable(ckaTable('cka', await streamed(float64Products, some, 64)), some, linearCka, 1e-9);
});

test('a layer with itself is 1, also in float32', async (t) => {
  const runtime = await createOnnxRuntime('onnx-cpu', { threads: 1 });
  t.after(() => runtime.dispose());
  const [layer] = layers(500, [24], 3);
  const terms = await streamed(runtimeProducts(runtime), { a: [layer!], b: [layer!] }, 128);
  for (const id of ['cka', 'cka-debiased'] as const) {
    assert.ok(Math.abs(ckaTable(id, terms)[0]![0]!.value! - 1) < 1e-5);
  }
});

test('the samples that a last short batch leaves out are said', async () => {
  const sides = sidesOf(258);
  const [[value]] = (await minibatches(float64Products, sides)) as [[Similarity]];
  assert.ok(value.value !== null);
  assert.equal(value.note, 'the last 2 of 258 samples are left out');
});
