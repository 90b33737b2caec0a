import assert from 'node:assert/strict';
import test from 'node:test';
import { preprocess } from '../../../src/core/data/preprocess';
import { resize } from '../../../src/core/data/resize';
import { resample } from '../../../src/core/data/resizeKernel';
import { createRandom } from '../../../src/core/random';
import { toSixByEight } from './reference';

test('vectors give what the sums give one by one, for every number of channels and of rows at a time', () => {
  const random = createRandom(7);
  for (const [channels, planes] of [
    [1, 1],
    [2, 1],
    [3, 3],
    [4, 3],
  ] as const) {
    const [height, width] = [9, 37];
    const data = Uint8Array.from({ length: height * width * channels }, () => random.integer(256));
    const taps = (from: number, to: number, size: number) => ({
      size,
      starts: Int32Array.from({ length: to }, (_, i) => Math.min(from - size, Math.floor((i * from) / to))),
      counts: Int32Array.from({ length: to }, (_, i) => 1 + (i % size)),
      // Some below zero and some that sum to more than 1, so that both ends are cut off.
      weights: Int32Array.from({ length: to * size }, () => random.integer(6_000_000) - 1_500_000),
    });
    const columns = taps(width, 21, 4);
    const rows = taps(height, 5, 3);
    const byte = (sum: number) => Math.max(0, Math.min(255, (sum + 2 ** 21) >> 22));
    const at = (plane: number, y: number, x: number) => {
      let sum = 0;
      for (let k = 0; k < columns.counts[x]!; k++)
        sum += data[(y * width + columns.starts[x]! + k) * channels + plane]! * columns.weights[x * 4 + k]!;
      return byte(sum);
    };
    const expected: number[] = [];
    for (let plane = 0; plane < planes; plane++)
      for (let y = 0; y < 5; y++)
        for (let x = 0; x < 21; x++) {
          let sum = 0;
          for (let k = 0; k < rows.counts[y]!; k++)
            sum += at(plane, rows.starts[y]! + k, x) * rows.weights[y * 3 + k]!;
          expected.push(byte(sum));
        }
    const job = {
      data,
      channels,
      rowBytes: width * channels,
      firstRow: 0,
      rowCount: height,
      planes,
      columns,
      rows,
    };
    assert.deepEqual([...resample(job)], expected, `${channels} channels`);
  }
});

test('an image of many rows is resized in pieces to the same, and its memory is not kept', () => {
  const [height, width] = [30_000, 1500];
  const data = new Uint8Array(height * width * 3);
  for (let y = 0; y < height; y++) data.fill((y >> 7) & 255, y * width * 3, (y + 1) * width * 3);
  const small = resize({ height, width, channels: 3, data }, 60, 4, 'bilinear');
  const narrow = new Uint8Array(height * 3);
  for (let y = 0; y < height; y++) narrow.fill((y >> 7) & 255, y * 3, (y + 1) * 3);
  const expected = resize({ height, width: 1, channels: 3, data: narrow }, 60, 1, 'bilinear');
  for (let i = 0; i < expected.length; i++) assert.equal(small[i * 4], expected[i]);
  const before = process.memoryUsage().arrayBuffers;
  preprocess({ height, width, channels: 3, data }, toSixByEight);
  assert.ok(process.memoryUsage().arrayBuffers - before < 1e6);
});
