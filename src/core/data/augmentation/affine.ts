/** Moving the pixels of an image by one affine map: interpolated once, however many turns and crops it is made of. */

/**
 * From a pixel (x, y) of the result, counted from the centre of the image, to the place (a x + b y + c, d x + e y + f) in the given
 * image, counted so too.
 */
export type AffineMap = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const identity: AffineMap = [1, 0, 0, 0, 1, 0];

/** First what `first` does to an image, then what `second` does to the result. */
export function composed(first: AffineMap, second: AffineMap): AffineMap {
  const [a, b, c, d, e, f] = first;
  const [g, h, i, j, k, l] = second;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** Cosine and sine of 0, 90, 180 and 270 degrees. */
const quarterTurns = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/** A turn by `degrees` against the clock. Quarter turns are exact, so that they move pixels without interpolation. */
export function rotated(degrees: number): AffineMap {
  const quarter = (((degrees / 90) % 4) + 4) % 4;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = quarterTurns[quarter] ?? [Math.cos(angle), Math.sin(angle)];
  // Down is +y: what stands at the angle t in the result stood at t - angle, and on the screen angles turn the other way.
  return [cos, -sin, 0, sin, cos, 0];
}

/**
 * The image `[3, height, width]` moved by `map`, bilinearly; beyond its edges it is mirrored without repeating the edge. What PyTorch's
 * `grid_sample(mode="bilinear", padding_mode="reflection", align_corners=True)` does at these places, rounded to bytes.
 */
export function warp(
  image: Uint8Array,
  height: number,
  width: number,
  [a, b, c, d, e, f]: AffineMap,
): Uint8Array {
  const out = new Uint8Array(image.length);
  const plane = height * width;
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0, at = 0; y < height; y++) {
    const rowX = b * (y - cy) + c + cx;
    const rowY = e * (y - cy) + f + cy;
    for (let x = 0; x < width; x++, at++) {
      const fromX = mirrored(a * (x - cx) + rowX, width);
      const fromY = mirrored(d * (x - cx) + rowY, height);
      const left = Math.floor(fromX);
      const top = Math.floor(fromY);
      const shareX = fromX - left;
      const shareY = fromY - top;
      const right = left + 1 < width ? 1 : 0;
      const down = top + 1 < height ? width : 0;
      let from = top * width + left;
      for (let to = at; to < out.length; to += plane, from += plane) {
        const upper = image[from]! + shareX * (image[from + right]! - image[from]!);
        const lower = image[from + down]! + shareX * (image[from + down + right]! - image[from + down]!);
        out[to] = upper + shareY * (lower - upper) + 0.5;
      }
    }
  }
  return out;
}

/** The place within 0 to extent - 1 that a place beyond the edges mirrors. */
function mirrored(place: number, extent: number): number {
  const last = extent - 1;
  if (place >= 0 && place <= last) return place;
  if (last === 0) return 0;
  const within = Math.abs(place) % (2 * last);
  return within > last ? 2 * last - within : within;
}
