/** What stands out in a layer x layer matrix: the layers that belong together, the best match of each, the colour scale. */
import { nice } from 'd3';
import type { MeasureResult } from '../../src/protocol/compare';

export type Matrix = MeasureResult['matrix'];

/**
 * For each layer of A the index of its counterpart in B: the layer of the same name, or, where the two have no name in
 * common, the one at the same place in the order. Undefined where there is none.
 */
export function counterparts(
  layersA: readonly string[],
  layersB: readonly string[],
): readonly (number | undefined)[] {
  const places = new Map(layersB.map((name, place) => [name, place]));
  const named = layersA.map((name) => places.get(name));
  if (named.some((place) => place !== undefined)) return named;
  return layersA.map((_, place) => (place < layersB.length ? place : undefined));
}

/** For each row the column of its most similar layer; the first of equal ones; undefined where nothing is defined. */
export function bestMatches(
  matrix: Matrix,
  larger: MeasureResult['larger'],
): readonly (number | undefined)[] {
  const sign = larger === 'more similar' ? 1 : -1;
  return matrix.map((row) => {
    let best: number | undefined;
    row.forEach((value, column) => {
      if (value === null) return;
      if (best === undefined || sign * value > sign * row[best]!) best = column;
    });
    return best;
  });
}

/** The values along the counterparts: null where the measure is undefined or a layer has no counterpart. */
export function diagonal(
  matrix: Matrix,
  partners: readonly (number | undefined)[],
): readonly (number | null)[] {
  return partners.map((column, row) => (column === undefined ? null : (matrix[row]?.[column] ?? null)));
}

/** The values at the two ends of the colour scale and which of them is the alike one. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly larger: MeasureResult['larger'];
}

/**
 * All values of the matrix lie on the scale. A similarity with a largest value of 1 ends there and begins at a round
 * number, so that pictures of one measure can be compared with each other; others span the values that there are.
 */
export function scaleOf(
  matrix: Matrix,
  larger: MeasureResult['larger'],
  range: readonly [number | null, number | null],
): Scale {
  const values = matrix.flat().filter((value) => value !== null);
  if (values.length === 0) return { low: range[0] ?? 0, high: range[1] ?? 1, larger };
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  if (larger === 'more similar' && range[1] === 1) {
    const low = [0.9, 0.5, 0].find((end) => least >= end) ?? Math.floor(least * 10) / 10;
    return { low, high: Math.max(1, most), larger };
  }
  const from = larger === 'less similar' && range[0] === 0 && least >= 0 ? 0 : least;
  const [low, high] = nice(from, most > from ? most : from + 1, 4);
  return { low, high, larger };
}

/** Where a value lies on its scale: 0 for the least alike, 1 for the most. */
export function likeness(value: number, { low, high, larger }: Scale): number {
  const part = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 1;
  return larger === 'more similar' ? part : 1 - part;
}
