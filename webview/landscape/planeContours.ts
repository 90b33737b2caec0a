/** A two-dimensional landscape as contours, one a model, all on the same scale. */
import type { LandscapeResult } from '../../src/protocol/landscape';
import type { ContourChart } from '../shared/charts/contourChart';
import { displayName } from '../shared/charts/displayName';
import { formatCount, formatPercent } from '../shared/charts/format';
import { levelsOf, valueRange } from '../shared/charts/levels';
import { missingText, type Quantity, surfaceNames, writeQuantity } from './quantities';

/** Undefined as long as no point is known. */
export function planeCharts(
  result: LandscapeResult,
  quantity: Quantity,
  names: readonly string[],
  logarithmic: boolean,
): ContourChart[] | undefined {
  const log = logarithmic && quantity.kind === 'loss';
  const range = valueRange(quantity.grids.flat(2), log);
  if (!range) return undefined;
  const levels = levelsOf(range, log);
  const surfaces = surfaceNames(result, names);
  return quantity.grids.map((values, model) => {
    const name = displayName(surfaces[model] ?? `model ${model + 1}`, 40);
    const missing = values.flat().filter((value) => value === null).length;
    const known = values.flat().filter((value) => value !== null);
    return {
      id: `plane-${model}`,
      title: `${quantity.label} over a plane, ${name}, n = ${quantity.n}`,
      summary: [
        known.length > 0 &&
          `From ${writeQuantity(quantity, Math.min(...known))} to ${writeQuantity(quantity, Math.max(...known))}.`,
        result.complete && missing > 0 && `${formatCount(missing)} points have no value.`,
      ]
        .filter(Boolean)
        .join(' '),
      heading: name,
      xLabel: result.xAxis.label,
      yLabel: result.yAxis?.label ?? '',
      x: result.x,
      y: result.y,
      values,
      missing: missingText(result),
      levels,
      format: shortFormat(quantity),
      marks: marksOf(result, model),
      trajectory: result.axes === 'trajectory',
    };
  });
}

/** Distance within which a checkpoint counts as lying in the plane, in parts of the plane's extent. */
const onPlane = 1e-3;

/** Those of the model, where each has a surface of its own; else all. */
function marksOf(result: LandscapeResult, model: number): ContourChart['marks'] {
  const own = result.marks.filter(({ checkpoint }) => checkpoint === result.models[model]);
  const shown = result.models.length > 1 ? own : result.marks;
  return shown.map(({ label, x, y, distance }) => ({ label, x, y, off: isOff(result, distance) }));
}

function isOff({ x, xAxis }: LandscapeResult, distance: number): boolean {
  return distance > onPlane * Math.abs(x.at(-1)! - x[0]) * (xAxis.length[0] ?? 1);
}

/** What has to be known to read the picture: how much of a training the plane holds, and how far from it checkpoints are. */
export function planeRemarks(result: LandscapeResult): string[] {
  const remarks: string[] = [];
  const explained = [result.xAxis.explainedVariance, result.yAxis?.explainedVariance].filter(
    (part) => part !== undefined,
  );
  if (explained.length > 0) {
    const parts = explained.map((part) => formatPercent(part)).join(' and ');
    remarks.push(`The axes explain ${parts} of the variance of the checkpoints.`);
  }
  const off = result.marks.filter(({ distance }) => isOff(result, distance));
  if (off.length > 0) {
    const furthest = off.reduce((most, mark) => (mark.distance > most.distance ? mark : most));
    const where = result.dims === 1 ? 'line' : 'plane';
    remarks.push(
      `${off.length} of ${result.marks.length} checkpoints lie off the ${where} (hollow), at most ${furthest.distance.toPrecision(3)} in weight space (${displayName(furthest.label, 24)}): the loss drawn under them is not their own.`,
    );
  }
  return remarks;
}

function shortFormat(quantity: Quantity): (value: number) => string {
  if (quantity.kind === 'accuracy') return (value) => `${Math.round(100 * value)} %`;
  return (value) =>
    value !== 0 && (value < 1e-3 || value >= 1e5)
      ? value.toExponential(0).replace('-', '−')
      : String(Number(value.toPrecision(3)));
}
