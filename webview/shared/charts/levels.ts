/** Levels and scales of values that may span decades: shared by contours and slices, so that what stands side by side compares. */
import { type ScaleContinuousNumeric, scaleLinear, scaleLog, ticks } from 'd3';

export type ValueScale = ScaleContinuousNumeric<number, number>;

/** Below this a loss is drawn as if it were this on a logarithmic scale: cross-entropy in nats reaches 0. */
const smallestLogarithm = 1e-6;

/** Least and largest finite value; undefined where there is none. A flat range is widened, so that a scale exists. */
export function valueRange(
  values: Iterable<number | null>,
  logarithmic: boolean,
): readonly [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return undefined;
  if (logarithmic) {
    low = Math.max(smallestLogarithm, low);
    high = Math.max(high, low);
    return high > 1.01 * low ? [low, high] : [low / 1.1, high * 1.1];
  }
  return high - low > 1e-12 * Math.max(1, Math.abs(high)) ? [low, high] : [low - 0.5, high + 0.5];
}

export function valueScale(
  range: readonly [number, number],
  logarithmic: boolean,
  pixels: readonly [number, number],
): ValueScale {
  const scale = logarithmic ? scaleLog(range, pixels) : scaleLinear(range, pixels);
  return scale.clamp(true);
}

/** About `count` levels within the range: round numbers, or equal factors on a logarithmic scale. */
export function levelsOf([low, high]: readonly [number, number], logarithmic: boolean, count = 10): number[] {
  if (!logarithmic) return ticks(low, high, count).filter((level) => level > low && level < high);
  const factor = (high / low) ** (1 / (count + 1));
  return Array.from({ length: count }, (_, i) => twoDigits(low * factor ** (i + 1))).filter(
    (level, i, all) => level > low && level < high && level !== all[i - 1],
  );
}

/** Two significant digits: a label says exactly where its line is. */
function twoDigits(value: number): number {
  return Number(value.toPrecision(2));
}
