/** Mixing the images of a batch in pairs: mixup (Zhang et al., 2018) and CutMix (Yun et al., 2019). */
import type { Random } from '../../random';
import type { ImageSize } from '../augment';

/** How every image of a batch is mixed with its partner: the i-th from the front with the i-th from the back, as timm does. */
export interface Mix {
  /** What an image keeps of itself and of its targets, 0 to 1; the rest is its partner's. */
  readonly share: number;
  /** The rectangle that is the partner's, of CutMix; absent where all pixels are averaged. */
  readonly box?: {
    readonly top: number;
    readonly left: number;
    readonly bottom: number;
    readonly right: number;
  };
}

export interface MixSettings {
  /** The parameter of the Beta distribution of each; 0: not used. */
  readonly mixup: number;
  readonly cutmix: number;
}

/** What is done to one batch; where both are asked for, each is drawn with probability 1/2. Undefined where none is. */
export function drawMix({ mixup, cutmix }: MixSettings, size: ImageSize, random: Random): Mix | undefined {
  if (mixup === 0 && cutmix === 0) return undefined;
  const cut = cutmix > 0 && (mixup === 0 || random.next() < 0.5);
  const share = beta(cut ? cutmix : mixup, random);
  return cut ? cutBox(share, size, random) : { share };
}

/** A rectangle of 1 - share of the area around a uniform centre, cut at the edges; the share is then what is left. */
function cutBox(share: number, { height, width }: ImageSize, random: Random): Mix {
  const side = Math.sqrt(1 - share) / 2;
  const span = (extent: number): [number, number] => {
    const [centre, half] = [random.integer(extent), Math.floor(side * extent)];
    return [Math.max(0, centre - half), Math.min(extent, centre + half)];
  };
  const [top, bottom] = span(height);
  const [left, right] = span(width);
  const area = (bottom - top) * (right - left);
  return { share: 1 - area / (height * width), box: { top, left, bottom, right } };
}

/** A draw from Beta(a, a). */
function beta(a: number, random: Random): number {
  const [x, y] = [gamma(a, random), gamma(a, random)];
  // Both can underflow where a is tiny: then nearly all is one image.
  return x + y > 0 ? x / (x + y) : random.integer(2);
}

/** A draw from Gamma(a, 1) (Marsaglia and Tsang, 2000), by that of a + 1 where a < 1. */
function gamma(a: number, random: Random): number {
  if (a < 1) return gamma(a + 1, random) * (1 - random.next()) ** (1 / a);
  const d = a - 1 / 3;
  for (;;) {
    const x = random.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < x * x * 0.5 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Mixes `images` `[n, 3, height, width]` in place: the i-th with the i-th from the back. Rounded to bytes. */
export function mixImages(
  images: Uint8Array,
  n: number,
  { width, height }: ImageSize,
  { share, box }: Mix,
): void {
  const length = 3 * height * width;
  for (let first = 0; first < n >> 1; first++) {
    const a = images.subarray(first * length, (first + 1) * length);
    const b = images.subarray((n - 1 - first) * length, (n - first) * length);
    if (box === undefined) average(a, b, share);
    else exchange(a, b, height, width, box);
  }
}

function average(a: Uint8Array, b: Uint8Array, share: number): void {
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    const moved = (1 - share) * (y - x);
    a[i] = x + moved + 0.5;
    b[i] = y - moved + 0.5;
  }
}

function exchange(
  a: Uint8Array,
  b: Uint8Array,
  height: number,
  width: number,
  { top, left, bottom, right }: NonNullable<Mix['box']>,
): void {
  for (let channel = 0; channel < 3; channel++) {
    for (let y = top; y < bottom; y++) {
      const row = (channel * height + y) * width;
      for (let at = row + left; at < row + right; at++) {
        const kept = a[at]!;
        a[at] = b[at]!;
        b[at] = kept;
      }
    }
  }
}

/** The targets of a mixed batch, rows `[n, columns]` each `share` its own and the rest its partner's. */
export function mixRows(rows: Float32Array, n: number, share: number): Float32Array {
  const columns = rows.length / n;
  return rows.map((value, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return share * value + (1 - share) * rows[(n - 1 - row) * columns + column]!;
  });
}
