/** Gray values of any depth and unit (16 bits, Hounsfield units, floats) to the bytes 0..255 that networks are shown. */

/** From a value to 0..255, whole. */
export type ToByte = (value: number) => number;

/** DICOM's VOI LUT functions (PS3.3 C.11.2.1.2 and C.11.2.1.3). */
export type WindowShape = 'linear' | 'linear-exact' | 'sigmoid';

export interface GrayWindow {
  readonly center: number;
  readonly width: number;
  readonly shape: WindowShape;
}

/** Linear from `low` to 0 and `high` to 255, rounded to nearest, beyond them cut off. All 0 where there is no range. */
export function rangeToByte(low: number, high: number): ToByte {
  if (!(high > low)) return () => 0;
  const scale = 255 / (high - low);
  return (value) => toByte((value - low) * scale);
}

/**
 * The window as DICOM defines it: `linear` is the one whose width counts grey levels, so that a width of 1 is a
 * threshold; `linear-exact` goes from `center - width / 2` to `center + width / 2`; `sigmoid` never quite reaches either end.
 */
export function windowToByte({ center, width, shape }: GrayWindow): ToByte {
  if (shape === 'sigmoid') return (value) => toByte(255 / (1 + Math.exp((-4 * (value - center)) / width)));
  if (shape === 'linear-exact') return rangeToByte(center - width / 2, center + width / 2);
  if (width <= 1) return (value) => (value <= center - 0.5 ? 0 : 255);
  return rangeToByte(center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2);
}

function toByte(value: number): number {
  return value >= 255 ? 255 : value > 0 ? Math.floor(value + 0.5) : 0;
}

/** Lowest and highest finite value but for `except`; undefined where there is none. */
export function finiteRange(
  values: ArrayLike<number>,
  except?: number,
): { readonly low: number; readonly high: number } | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === except || value - value !== 0) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : undefined;
}

/** The widest range of whole values that is worth a table. */
const largestTable = 65_536;

/** Every value through `toByte`; of whole numbers in a small range each different one only once. NaN is 0. */
export function mapToBytes(values: ArrayLike<number>, toByte: ToByte, whole: boolean): Uint8Array {
  const out = new Uint8Array(values.length);
  const range = whole && values.length > 1024 ? finiteRange(values) : undefined;
  if (range && range.high - range.low < largestTable) {
    const table = Uint8Array.from({ length: range.high - range.low + 1 }, (_, i) => toByte(i + range.low));
    for (let i = 0; i < values.length; i++) out[i] = table[values[i]! - range.low]!;
    return out;
  }
  for (let i = 0; i < values.length; i++) out[i] = toByte(values[i]!);
  return out;
}
