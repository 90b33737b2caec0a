import assert from 'node:assert/strict';
import test from 'node:test';
import { augment, augmentationRandom } from '../../../src/core/data/augment';

const size = { height: 16, width: 24 };
const plane = size.height * size.width;
const n = 64;
/** Every pixel tells its image's column and row, and its channel. */
const pixels = Uint8Array.from({ length: n * 3 * plane }, (_, at) => {
  const channel = Math.floor(at / plane) % 3;
  return channel === 0 ? at % size.width : channel === 1 ? Math.floor((at % plane) / size.width) : 200;
});

test('none changes nothing and draws nothing', () => {
  const random = augmentationRandom(0, 0, 0);
  const result = augment(pixels, size, 'none', random);
  assert.equal(result.pixels, pixels);
  assert.ok(result.flipped.every((flag) => flag === 0));
  assert.equal(random.next(), augmentationRandom(0, 0, 0).next());
});

test('flip mirrors about half of the images and says which', () => {
  const { pixels: out, flipped } = augment(pixels, size, 'flip', augmentationRandom(1, 2, 3));
  const mirrored = flipped.reduce((sum, flag) => sum + flag, 0);
  assert.ok(mirrored > n / 4 && mirrored < (3 * n) / 4, `${mirrored} of ${n}`);
  for (let at = 0; at < out.length; at++) {
    const x = at % size.width;
    const source = flipped[Math.floor(at / (3 * plane))] ? at - x + (size.width - 1 - x) : at;
    assert.equal(out[at], pixels[source]);
  }
});

test('flip-crop moves by at most an eighth and reflects what is missing, the same in every channel', () => {
  const { pixels: out, flipped } = augment(pixels, size, 'flip-crop', augmentationRandom(1, 2, 3));
  const reflect = (at: number, extent: number) => (at < 0 ? -at : at >= extent ? 2 * (extent - 1) - at : at);
  const shifts = new Set<string>();
  for (let i = 0; i < n; i++) {
    const image = out.subarray(i * 3 * plane, (i + 1) * 3 * plane);
    const matches: string[] = [];
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -3; dx <= 3; dx++) {
        const same = image.every((value, at) => {
          const channel = Math.floor(at / plane);
          const x = flipped[i] ? size.width - 1 - (at % size.width) : at % size.width;
          const y = Math.floor((at % plane) / size.width);
          const expected = [reflect(x + dx, size.width), reflect(y + dy, size.height), 200][channel];
          return value === expected;
        });
        if (same) matches.push(`${dy},${dx}`);
      }
    }
    assert.equal(matches.length, 1, `image ${i} is one shift of the original`);
    shifts.add(matches[0]!);
  }
  assert.ok(shifts.size > 15, `${shifts.size} different shifts of 35`);
});

test('the same place in a run draws the same, another place something else', () => {
  const draw = (...place: [number, number, number]) =>
    augment(pixels, size, 'flip-crop', augmentationRandom(...place)).pixels;
  assert.deepEqual(draw(7, 1, 4), draw(7, 1, 4));
  for (const other of [draw(8, 1, 4), draw(7, 2, 4), draw(7, 1, 5)])
    assert.notDeepEqual(other, draw(7, 1, 4));
});

test('images of one pixel survive', () => {
  const one = Uint8Array.of(1, 2, 3);
  assert.deepEqual(
    augment(one, { height: 1, width: 1 }, 'flip-crop', augmentationRandom(0, 0, 0)).pixels,
    one,
  );
});
