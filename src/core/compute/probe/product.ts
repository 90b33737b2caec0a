/** What a runtime is measured by: products of matrices whose result is known. */
import * as tf from '@tensorflow/tfjs-core';
import { createRandom } from '../../random';
import type { HostTensor, Runtime } from '../runtime';

/** Rows and columns of the matrices. */
const size = 1024;
/** Of those that come first, and that tell whether the others would take too long, as on a software adapter. */
const smallSize = 128;
const longestMs = 5000;
/** Products in a run, so that starting it is a small part. */
const chain = 4;
/** Rows of the result that are compared. */
const rows = 2;
/** Of the largest value. Rounding of float32 gives 1e-6, rounding to 10 bits 1e-3. */
const tolerance = 1e-4;
const leastMs = 200;
const leastRuns = 3;

/**
 * Billions of operations a second in float32; a product of n x n matrices has 2 n^3. Throws an Error when a result is wrong.
 */
export async function measureProducts(runtime: Runtime): Promise<number> {
  const small = await measure(runtime, smallSize);
  const expectedMs = (chain * 2 * size ** 3) / (small * 1e6);
  // A GPU is slower at small products than at large ones, but not by as much as software is.
  return expectedMs > longestMs ? small : measure(runtime, size);
}

async function measure(runtime: Runtime, n: number): Promise<number> {
  const random = createRandom(1);
  const matrix = (scale: number): HostTensor => ({
    shape: [n, n],
    dtype: 'float32',
    data: Float32Array.from({ length: n * n }, () => scale * random.normal()),
  });
  const a = matrix(1);
  // So scaled, products keep the size of the values.
  const b = matrix(1 / Math.sqrt(n));
  const { shape, dtype } = a;
  const program = await runtime.compile(
    ({ matrices }) => {
      let product = matrices!.a!;
      for (let i = 0; i < chain; i++) product = tf.matMul(product, matrices!.b!);
      return { result: { rows: tf.slice(product, [0, 0], [rows, n]) } };
    },
    { matrices: { a: { shape, dtype }, b: { shape, dtype } } },
  );
  const inputs = { matrices: { a: runtime.upload(a), b: runtime.upload(b) } };
  try {
    const run = async () => {
      const { result } = await program.run(inputs);
      const values = Float32Array.from(await result!.rows!.read());
      result!.rows!.dispose();
      return values;
    };
    check(await run(), expectedRows(a, b, n));
    const times: number[] = [];
    const began = performance.now();
    while (times.length < leastRuns || performance.now() - began < leastMs) {
      const start = performance.now();
      await run();
      times.push(performance.now() - start);
    }
    const median = times.sort((x, y) => x - y)[Math.floor(times.length / 2)]!;
    return (chain * 2 * n ** 3) / (median * 1e6);
  } finally {
    for (const tensor of Object.values(inputs.matrices)) tensor.dispose();
    await program.dispose();
  }
}

/** The first rows of a b b b b, in float64. */
function expectedRows(a: HostTensor, b: HostTensor, n: number): Float64Array {
  const expected = new Float64Array(rows * n);
  for (let row = 0; row < rows; row++) {
    let vector = Float64Array.from(a.data.subarray(row * n, (row + 1) * n));
    for (let i = 0; i < chain; i++) {
      const next = new Float64Array(n);
      for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) next[j]! += vector[k]! * b.data[k * n + j]!;
      vector = next;
    }
    expected.set(vector, row * n);
  }
  return expected;
}

function check(found: Float32Array, expected: Float64Array): void {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const [i, value] of expected.entries()) {
    // Written so that NaN is wrong.
    if (!(Math.abs(found[i]! - value) <= tolerance * largest))
      throw new Error(`it computes wrong results: ${found[i]} where ${value} is right`);
  }
}
