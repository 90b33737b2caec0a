/** Random flips and crops of a batch, on bytes: drawn once, so that every network that sees the batch sees the same. */
import { createRandom, type Random } from '../random';
import type { PlainAugmentation } from './augmentation/presets';

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

export interface PlainBatch {
  /** `[n, 3, height, width]`; the given pixels themselves when nothing is changed. */
  readonly pixels: Uint8Array;
  /** `[n]`: 1 where the image is mirrored. With 'flip' it and the index of the image say all that was changed. */
  readonly flipped: Uint8Array;
}

/** Keeps these draws apart from other draws of the same seed. */
const purpose = 3;

/** The draws for one batch, by its place in the run, so that resuming needs no state. */
export function augmentationRandom(seed: number, epoch: number, batch: number): Random {
  return createRandom(seed, purpose, epoch, batch);
}

/**
 * 'flip' mirrors an image left to right with probability 1/2; 'flip-crop' also moves it by up to an eighth of its size each
 * way (a crop after padding by reflection without repeating the edge, as torchvision's RandomCrop with
 * `padding_mode="reflect"`). `pixels` is `[n, 3, height, width]` and stays as it is.
 */
export function augment(
  pixels: Uint8Array,
  { height, width }: ImageSize,
  kind: PlainAugmentation,
  random: Random,
): PlainBatch {
  const imageLength = 3 * height * width;
  const n = pixels.length / imageLength;
  const flipped = new Uint8Array(n);
  if (kind === 'none') return { pixels, flipped };
  const reach = kind === 'flip-crop' ? { y: height >> 3, x: width >> 3 } : { y: 0, x: 0 };
  const out = new Uint8Array(pixels.length);
  for (let i = 0; i < n; i++) {
    const { mirrored, down, right } = drawMove(reach, random);
    flipped[i] = mirrored ? 1 : 0;
    const rows = sources(height, down, false);
    const columns = sources(width, right, mirrored);
    let to = i * imageLength;
    for (let channel = 0; channel < 3; channel++) {
      for (const y of rows) {
        const row = i * imageLength + (channel * height + y) * width;
        for (const x of columns) out[to++] = pixels[row + x]!;
      }
    }
  }
  return { pixels: out, flipped };
}

/** `flipped` of `n` images as `augment` draws it for 'flip', where the images themselves are not needed. */
export function drawFlips(n: number, random: Random): Uint8Array {
  return Uint8Array.from({ length: n }, () => (drawMove({ y: 0, x: 0 }, random).mirrored ? 1 : 0));
}

function drawMove(reach: { readonly y: number; readonly x: number }, random: Random) {
  const mirrored = random.next() < 0.5;
  const down = random.integer(2 * reach.y + 1) - reach.y;
  return { mirrored, down, right: random.integer(2 * reach.x + 1) - reach.x };
}

/** Where each pixel of a side comes from: shifted by `shift`, reflected at the edges, mirrored last. */
function sources(extent: number, shift: number, mirrored: boolean): Int32Array {
  const last = extent - 1;
  return Int32Array.from({ length: extent }, (_, i) => {
    const at = Math.abs((mirrored ? last - i : i) + shift);
    return at > last ? 2 * last - at : at;
  });
}
