/** 16-bit floats and back: every value, and every kind of rounding. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../../src/core/formats/halfPrecision';

const all = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
const kinds = {
  float16: { widen: float16ToFloat32, narrow: float32ToFloat16 },
  bfloat16: { widen: bfloat16ToFloat32, narrow: float32ToBfloat16 },
} as const;

for (const [name, { widen, narrow }] of Object.entries(kinds)) {
  test(`${name}: every value survives the way to float32 and back`, () => {
    const floats = new Float32Array(all.length);
    widen(all, floats);
    const back = new Uint16Array(all.length);
    narrow(floats, back);
    for (const i of all) {
      if (Number.isNaN(floats[i]!)) {
        const again = new Float32Array(1);
        widen(back.subarray(i, i + 1), again);
        assert.ok(Number.isNaN(again[0]!), `NaN 0x${i.toString(16)}`);
      } else assert.equal(back[i], i);
    }
  });

  test(`${name}: what lies between two values goes to the nearer one, and to the even one from the middle`, () => {
    const floats = new Float32Array(all.length);
    widen(all, floats);
    for (const sign of [0, 0x8000]) {
      for (let i = 0; Number.isFinite(floats[i + 1]!); i++) {
        const [low, high] = [floats[i + sign]!, floats[i + sign + 1]!];
        const middle = low + (high - low) / 2;
        if (Math.fround(middle) !== middle) continue;
        const quarter = (high - low) / 4;
        const between = Float32Array.of(middle - quarter, middle, middle + quarter);
        const found = new Uint16Array(3);
        narrow(between, found);
        const even = i % 2 === 0 ? i : i + 1;
        assert.deepEqual([...found], [i + sign, even + sign, i + 1 + sign], `between ${low} and ${high}`);
      }
    }
  });
}

test('float16: values beyond the largest become infinite', () => {
  const out = new Uint16Array(5);
  float32ToFloat16(Float32Array.of(65519.996, 65520, -70000, Infinity, 1e-30), out);
  assert.deepEqual([...out], [0x7bff, 0x7c00, 0xfc00, 0x7c00, 0]);
});

test('16-bit floats are widened within their own memory, from any even byte on', () => {
  for (const widen of [float16ToFloat32, bfloat16ToFloat32]) {
    for (const length of [0, 1, 2, 5, 1000, 1001]) {
      for (const skip of [0, 1]) {
        const target = new Float32Array(length + skip).subarray(skip);
        const source = new Uint16Array(target.buffer, target.byteOffset + 2 * length, length);
        for (let i = 0; i < length; i++) source[i] = (i * 61) % 0x7c00;
        const apart = source.slice();
        const expected = new Float32Array(length);
        for (let i = 0; i < length; i++) widen(apart.subarray(i, i + 1), expected.subarray(i, i + 1));
        widen(source, target);
        assert.deepEqual(target, expected);
      }
    }
  }
});
