import assert from 'node:assert/strict';
import test from 'node:test';
import { composed, identity, rotated, warp } from '../../../src/core/data/augmentation/affine';
import { type AugmentSettings, createAugmenter } from '../../../src/core/data/augmentation/augmenter';
import { augmentPiece } from '../../../src/core/data/augmentation/augmentWorker';
import { applyColour } from '../../../src/core/data/augmentation/colour';
import { drawMix, mixImages, mixRows } from '../../../src/core/data/augmentation/mix';
import { type ColourStep, drawPlan } from '../../../src/core/data/augmentation/plan';
import { createRandom } from '../../../src/core/random';
import { type AugmentationDetails, augmentationDetails } from '../../../src/protocol/augmentation';
import reference from './fixtures/augmentation.json';

const { height, width } = reference;
const image = () => Uint8Array.from(reference.image);

function assertNear(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  atol: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++)
    assert.ok(
      Math.abs(actual[i]! - expected[i]!) <= atol,
      `${what}: ${actual[i]} is not ${expected[i]} at ${i}`,
    );
}

for (const [name, { map, pixels }] of Object.entries(reference.maps)) {
  test(`the map "${name}" is PyTorch's grid_sample, rounded`, () => {
    const [a, b, c, d, e, f] = map as [number, number, number, number, number, number];
    assertNear(warp(image(), height, width, [a, b, c, d, e, f]), pixels, 0.5 + 1e-3, name);
  });
}

test('a turn goes against the clock: as torchvision inside of the frame, exactly by a quarter', () => {
  const turned = warp(image(), height, width, rotated(25));
  const centre = [4, 5].flatMap((y) => [5, 6, 7].map((x) => y * width + x));
  // torchvision rounds its own way.
  for (const at of centre) assertNear([turned[at]!], [reference.rotated[at]!], 1, `pixel ${at}`);
  const square = Uint8Array.from(reference.square);
  assert.deepEqual([...warp(square, height, height, rotated(90))], reference.turned);
  assert.deepEqual(warp(square, height, height, composed(rotated(90), rotated(270))), square);
});

test('maps compose in the order in which they are applied to the image', () => {
  const [a, b] = [rotated(40), [0.8, 0, 1, 0, 0.9, -1]] as const;
  const place = ([p, q, r, s, t, u]: readonly number[], [x, y]: readonly number[]) =>
    [p! * x! + q! * y! + r!, s! * x! + t! * y! + u!] as const;
  const both = composed(a, b as [number, number, number, number, number, number]);
  assertNear(place(both, [3, -2]), place(a, place(b, [3, -2])), 1e-12, 'place');
  assert.deepEqual(composed(identity, a), a);
});

for (const [kind, { amount, pixels }] of Object.entries(reference.colours)) {
  test(`${kind} is torchvision's, which cuts off where we round`, () => {
    const changed = image();
    applyColour(changed, width, { kind: kind as ColourStep['kind'], amount });
    assertNear(changed, pixels, 1, kind);
    assert.notDeepEqual(changed, image());
  });
}

test("equalize is torchvision's, to the byte", () => {
  const large = Uint8Array.from(reference.large);
  applyColour(large, 40, { kind: 'equalize', amount: 0 });
  assert.deepEqual([...large], reference.equalized);
});

test('no colour and no pixel of a plain image is invented', () => {
  const gray = new Uint8Array(3 * 6 * 6).fill(90);
  for (const kind of ['contrast', 'saturation', 'hue', 'sharpness', 'autocontrast', 'equalize'] as const) {
    const changed = gray.slice();
    applyColour(changed, 6, { kind, amount: 0.3 });
    assert.deepEqual(changed, gray, kind);
  }
  assert.deepEqual(warp(gray, 6, 6, [0.7, 0.3, 9, -0.3, 0.7, -4]), gray);
});

const details = (more: Partial<AugmentationDetails>) => augmentationDetails.parse(more);

test('what is drawn stays within what was asked for, and comes to its ends', () => {
  const size = { height: 20, width: 30 };
  const plans = (more: Partial<AugmentationDetails>) => {
    const random = createRandom(5);
    return Array.from({ length: 400 }, () => drawPlan(details(more), size, random));
  };
  const angles = plans({ rotation: 15 }).map(({ map }) => (Math.asin(map![3]) * 180) / Math.PI);
  assert.ok(Math.max(...angles) <= 15 && Math.max(...angles) > 14 && Math.min(...angles) < -14);
  for (const { map } of plans({ crop: 0.5 })) {
    const [x, , left, , y, top] = map ?? identity;
    const ratio = x / y;
    assert.ok(x * y >= 0.5 - 1e-9 && x * y <= 1 && ratio > 0.74 && ratio < 1.34);
    // The corners of the crop are in the image.
    assert.ok(Math.abs(left) + (x * 30) / 2 <= 15 + 1e-9 && Math.abs(top) + (y * 20) / 2 <= 10 + 1e-9);
  }
  const shifts = plans({ shift: 0.1 }).map(({ map }) => [map![2], map![5]] as const);
  assert.ok(shifts.every(([x, y]) => Math.abs(x) <= 3 && Math.abs(y) <= 2));
  const flips = plans({ horizontalFlip: 0.25 }).filter(({ map }) => map !== undefined).length;
  assert.ok(flips > 70 && flips < 130, `${flips} of 400 mirrored`);
  // Not square: upside down or not.
  for (const { map } of plans({ quarterTurns: true })) if (map) assert.deepEqual([map[0], map[4]], [-1, -1]);
  const amounts = plans({ brightness: 0.2, hue: 0.05 }).map(({ colours }) => colours);
  assert.deepEqual([...new Set(amounts.flat().map(({ kind }) => kind))], ['brightness', 'hue']);
  assert.ok(amounts.every(([b, h]) => Math.abs(b!.amount - 1) <= 0.2 && Math.abs(h!.amount) <= 0.05));
  const drawn = plans({ randOperations: 2 });
  assert.ok(drawn.every(({ colours }) => colours.length <= 2));
  assert.equal(new Set(drawn.flatMap(({ colours }) => colours.map(({ kind }) => kind))).size, 8);
  assert.deepEqual(plans({})[0], { map: undefined, colours: [] });
});

test('mixup averages pairs and CutMix exchanges a rectangle; images and targets by the same share', () => {
  const size = { height: 8, width: 8 };
  const n = 5;
  const images = Uint8Array.from({ length: n * 192 }, (_, i) => 40 * Math.floor(i / 192));
  const averaged = images.slice();
  mixImages(averaged, n, size, { share: 0.75 });
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((i) => averaged[i * 192]),
    [40, 60, 80, 100, 120],
  );
  const targets = mixRows(Float32Array.of(1, 0, 1, 0, 1, 0, 0, 1, 0, 1), n, 0.75);
  assert.deepEqual([...targets], [0.75, 0.25, 0.75, 0.25, 1, 0, 0.25, 0.75, 0.25, 0.75]);

  const random = createRandom(3);
  for (let round = 0; round < 50; round++) {
    const mix = drawMix({ mixup: 0, cutmix: 1 }, size, random)!;
    const cut = images.slice();
    mixImages(cut, n, size, mix);
    const own = cut.subarray(0, 64).filter((value) => value === 0).length;
    assert.ok(Math.abs(own / 64 - mix.share) < 1e-12, 'the share is what is left of the image');
  }
});

test('shares follow Beta(a, a)', () => {
  for (const alpha of [0.2, 1, 4]) {
    const random = createRandom(9);
    const size = { height: 8, width: 8 };
    const shares = Array.from(
      { length: 4000 },
      () => drawMix({ mixup: alpha, cutmix: 0 }, size, random)!.share,
    );
    const mean = shares.reduce((sum, x) => sum + x / 4000, 0);
    const variance = shares.reduce((sum, x) => sum + (x - mean) ** 2 / 4000, 0);
    assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
    const expected = 1 / (4 * (2 * alpha + 1));
    assert.ok(Math.abs(variance - expected) < 0.06 * expected, `variance ${variance}, not ${expected}`);
  }
});

const settings: AugmentSettings = { seed: 4, augment: 'microscopy', mixup: 0.4, cutmix: 0 };
const side = 16;
const pixels = (n: number) =>
  Uint8Array.from({ length: n * 3 * side * side }, (_, i) => (i * 31 + (i >> 7)) % 256);

test('threads give what is made here, whatever their number; the place in the run says all that is drawn', async () => {
  for (const n of [1, 2, 5, 8]) {
    const results = [];
    for (const threads of [1, 3]) {
      const augmenter = createAugmenter(settings, { height: side, width: side }, threads);
      try {
        const given = pixels(n);
        results.push(await augmenter.apply(given, 2, 1));
        assert.deepEqual(given, pixels(n), 'what was given stays as it is');
        if (n === 8) assert.notDeepEqual(await augmenter.apply(given, 2, 2), results[0]);
      } finally {
        await augmenter.dispose();
      }
    }
    assert.deepEqual(results[0], results[1]);
    const random = createRandom(settings.seed, 3, 2, 1);
    const policy = details({
      ...{ crop: 0.8, quarterTurns: true, horizontalFlip: 0.5, verticalFlip: 0.5 },
      ...{ brightness: 0.2, contrast: 0.2, saturation: 0.1, hue: 0.02 },
    });
    const size = { height: side, width: side };
    const plans = Array.from({ length: n }, () => drawPlan(policy, size, random));
    const { mix } = results[0]!;
    assert.deepEqual(results[0]!.pixels, augmentPiece({ pixels: pixels(n), size, plans, mix }));
  }
});

test('flips are mixed too, and nothing is done where nothing is asked for', async () => {
  const size = { height: side, width: side };
  const mixed = createAugmenter({ seed: 4, augment: 'flip', mixup: 0, cutmix: 1 }, size, 2);
  const alone = createAugmenter({ seed: 4, augment: 'flip', mixup: 0, cutmix: 0 }, size, 2);
  const none = createAugmenter({ seed: 4, augment: 'none', mixup: 0, cutmix: 0 }, size, 2);
  try {
    const given = pixels(6);
    const { pixels: flipped } = await alone.apply(given, 0, 0);
    const { pixels: cut, mix } = await mixed.apply(given, 0, 0);
    const expected = flipped.slice();
    mixImages(expected, 6, size, mix!);
    assert.deepEqual(cut, expected);
    const same = await none.apply(given, 0, 0);
    assert.equal(same.pixels, given);
    assert.equal(same.mix, undefined);
  } finally {
    await Promise.all([mixed, alone, none].map((augmenter) => augmenter.dispose()));
  }
});

test('a cancelled augmentation rejects with the reason', async () => {
  const augmenter = createAugmenter(settings, { height: side, width: side }, 1);
  try {
    const controller = new AbortController();
    const first = augmenter.apply(pixels(4), 0, 0, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(first, /enough/);
    assert.equal((await augmenter.apply(pixels(4), 0, 0)).pixels.length, pixels(4).length);
  } finally {
    await augmenter.dispose();
  }
});
