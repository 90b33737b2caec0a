/** Statistics of tensors against closed forms, however the bytes are cut, for every dtype. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { SafetensorsDType } from '../../../src/core/formats/safetensorsHeader';
import { statisticsOf, type TensorBytes } from '../../../src/core/formats/tensorStatistics';
import { histogramBins } from '../../../src/protocol/checkpointPreview';

const close = (actual: number | null, expected: number, tolerance: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

/** The bytes of typed arrays as pieces, each in a buffer of its own. */
function tensor(dtype: SafetensorsDType, ...pieces: readonly ArrayBufferView[]): TensorBytes {
  return {
    dtype,
    async *pieces() {
      for (const { buffer, byteOffset, byteLength } of pieces) {
        yield new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
      }
    },
  };
}

test('mean, deviation, extremes and histogram of a known series, whole or in pieces', async () => {
  // 0 .. n-1: mean (n-1)/2, variance (n²-1)/12; far from 0, where a sum of squares would cancel.
  const n = 4000;
  const offset = 1e8;
  const values = Float64Array.from({ length: n }, (_, i) => offset + i);
  const cuts = [[values], [values.subarray(0, 1), values.subarray(1, 700), values.subarray(700)]];
  for (const pieces of cuts) {
    const { finite, ...counts } = await statisticsOf([tensor('F64', ...pieces)]);
    assert.deepEqual(counts, { values: n, zeros: 0, notANumber: 0, infinite: 0 });
    assert.ok(finite);
    close(finite.mean, offset + (n - 1) / 2, 1e-6);
    close(finite.deviation, Math.sqrt((n * n - 1) / 12), 1e-6);
    assert.deepEqual([finite.minimum, finite.maximum], [offset, offset + n - 1]);
    assert.deepEqual(finite.histogram, new Array(histogramBins).fill(n / histogramBins));
  }
});

test('what is not finite is counted and left out of the rest', async () => {
  const values = Float32Array.of(
    Number.NaN,
    -1,
    0,
    -0,
    3,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  );
  const { finite, ...counts } = await statisticsOf([tensor('F32', values)]);
  assert.deepEqual(counts, { values: 7, zeros: 2, notANumber: 1, infinite: 2 });
  assert.ok(finite);
  close(finite.mean, 0.5, 1e-12);
  close(finite.deviation, Math.sqrt((1.5 ** 2 + 2 * 0.5 ** 2 + 2.5 ** 2) / 4), 1e-12);
  assert.equal(
    finite.histogram.reduce((sum, count) => sum + count),
    4,
  );
  const none = await statisticsOf([tensor('F32', Float32Array.of(Number.NaN)), tensor('F32')]);
  assert.deepEqual(none, { values: 1, zeros: 0, notANumber: 1, infinite: 0, finite: null });
});

test('every dtype is read as what it says', async () => {
  // The bits of 1, -2, 0 and of the largest value or 3.
  const cases: [SafetensorsDType, ArrayBufferView, number[]][] = [
    ['F32', Float32Array.of(1, -2, 0, 3), [1, -2, 0, 3]],
    ['F16', Uint16Array.of(0x3c00, 0xc000, 0, 0x7bff), [1, -2, 0, 65504]],
    ['BF16', Uint16Array.of(0x3f80, 0xc000, 0, 0x4040), [1, -2, 0, 3]],
    ['F8_E5M2', Uint8Array.of(0x3c, 0xc0, 0, 0x7b), [1, -2, 0, 57344]],
    ['F8_E4M3', Uint8Array.of(0x38, 0xc0, 0, 0x7e), [1, -2, 0, 448]],
    ['I8', Int8Array.of(1, -2, 0, 127), [1, -2, 0, 127]],
    ['I16', Int16Array.of(1, -2, 0, 32767), [1, -2, 0, 32767]],
    ['I32', Int32Array.of(1, -2, 0, 2147483647), [1, -2, 0, 2147483647]],
    ['I64', BigInt64Array.of(1n, -2n, 0n, 2n ** 40n), [1, -2, 0, 2 ** 40]],
    ['U8', Uint8Array.of(1, 0, 255), [1, 0, 255]],
    ['U16', Uint16Array.of(1, 0, 65535), [1, 0, 65535]],
    ['U32', Uint32Array.of(1, 0, 4294967295), [1, 0, 4294967295]],
    ['U64', BigUint64Array.of(1n, 0n, 2n ** 50n), [1, 0, 2 ** 50]],
    ['BOOL', Uint8Array.of(1, 0, 2), [1, 0, 1]],
  ];
  for (const [dtype, stored, values] of cases) {
    const { finite, zeros } = await statisticsOf([tensor(dtype, stored)]);
    assert.ok(finite, dtype);
    assert.equal(zeros, 1, dtype);
    assert.deepEqual([finite.minimum, finite.maximum], [Math.min(...values), Math.max(...values)], dtype);
    const mean = values.reduce((sum, value) => sum + value) / values.length;
    close(finite.mean, mean, 1e-12 * Math.abs(mean));
  }
  const special = await statisticsOf([tensor('F8_E4M3', Uint8Array.of(0x7f, 0xff, 0x01))]);
  assert.deepEqual([special.notANumber, special.finite?.minimum], [2, 2 ** -9]);
});

test('sums beyond the range of a double are told as unknown', async () => {
  const { finite } = await statisticsOf([tensor('F64', Float64Array.of(1.7e308, 1.7e308, -1.7e308))]);
  assert.deepEqual(
    [finite?.mean, finite?.deviation, finite?.minimum, finite?.maximum],
    [null, null, -1.7e308, 1.7e308],
  );
});
