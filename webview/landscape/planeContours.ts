/** A two-dimensional landscape as contours, one a model, all on the same scale. */
import * as l10n from '@vscode/l10n';
import { max, min } from 'd3';
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
    const name = displayName(surfaces[model] ?? l10n.t('model {0}', model + 1), 40);
    const missing = values.flat().filter((value) => value === null).length;
    const known = values.flat().filter((value) => value !== null);
    return {
      id: `plane-${model}`,
      title: l10n.t('{0} over a plane, {1}, n = {2}', quantity.label, name, quantity.n),
      summary: [
        known.length > 0 &&
          l10n.t(
            'From {0} to {1}.',
            writeQuantity(quantity, min(known)),
            writeQuantity(quantity, max(known)),
          ),
        result.complete && missing > 0 && l10n.t('{0} points have no value.', formatCount(missing)),
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
  const [first, second] = [result.xAxis.explainedVariance, result.yAxis?.explainedVariance]
    .filter((part) => part !== undefined)
    .map((part) => formatPercent(part));
  if (first !== undefined) {
    remarks.push(
      second === undefined
        ? l10n.t('The axes explain {0} of the variance of the checkpoints.', first)
        : l10n.t('The axes explain {0} and {1} of the variance of the checkpoints.', first, second),
    );
  }
  const off = result.marks.filter(({ distance }) => isOff(result, distance));
  if (off.length > 0) {
    const furthest = off.reduce((most, mark) => (mark.distance > most.distance ? mark : most));
    const values = [
      off.length,
      result.marks.length,
      furthest.distance.toPrecision(3),
      displayName(furthest.label, 24),
    ];
    remarks.push(
      result.dims === 1
        ? l10n.t(
            '{0} of {1} checkpoints lie off the line (hollow), at most {2} in weight space ({3}): the loss drawn under them is not their own.',
            ...values,
          )
        : l10n.t(
            '{0} of {1} checkpoints lie off the plane (hollow), at most {2} in weight space ({3}): the loss drawn under them is not their own.',
            ...values,
          ),
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
