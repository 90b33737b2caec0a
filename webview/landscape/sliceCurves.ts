/** A one-dimensional landscape as curves: one a model, with what the measures of sharpness say about its middle. */
import * as l10n from '@vscode/l10n';
import type { LandscapeResult } from '../../src/protocol/landscape';
import type { SharpnessResult } from '../../src/protocol/sharpness';
import type { Curve, CurveChart } from '../shared/charts/curveChart';
import { displayName } from '../shared/charts/displayName';
import { valueRange } from '../shared/charts/levels';
import { seriesStyle } from '../shared/charts/palette';
import type { Point } from '../shared/charts/thinPoints';
import { missingText, type Quantity, surfaceNames, writeQuantity } from './quantities';

const modelPoints = 81;

/** `sharpness`: of each surface, null where it is not measured. Undefined as long as no point is known. */
export function sliceChart(
  result: LandscapeResult,
  quantity: Quantity,
  names: readonly string[],
  sharpness: readonly (SharpnessResult | null)[],
  logarithmic: boolean,
): CurveChart | undefined {
  const loss = quantity.kind === 'loss';
  const log = logarithmic && loss;
  const grids = quantity.grids.map(([row]) => row);
  const range = valueRange(grids.flat(), log);
  if (!range) return undefined;
  const y = loss ? withAir(range, log) : ([0, 1] as const);
  const surfaces = surfaceNames(result, names);
  const centred = result.axes === 'random' || result.axes === 'hessian';
  const curves = grids.map((values, model): Curve => {
    const all = result.x.map((x, i): Point => ({ x, y: values[i] ?? null }));
    const points = result.complete ? all : all.filter((point) => point.y !== null);
    const curve = {
      name: surfaces[model] ?? l10n.t('model {0}', model + 1),
      style: seriesStyle(model),
      points,
    };
    if (!loss || !centred) return curve;
    return { ...curve, ...aboutMiddle(result, model, all, sharpness[model] ?? null) };
  });
  return {
    id: 'slice',
    title: l10n.t('{0} along a line, n = {1}', quantity.label, quantity.n),
    summary: curves.map((curve) => summaryOf(curve, quantity)).join(' '),
    xLabel: `${result.xAxis.label}, ${result.xAxis.unit}`,
    yLabel: loss ? l10n.t('loss, nats') : l10n.t('accuracy'),
    x: [result.x[0], result.x.at(-1)!],
    y,
    logarithmic: log,
    percent: !loss,
    curves,
    missing: missingText(result),
    marks: centred ? [] : result.marks.map(({ label, x }) => ({ label, x })),
  };
}

/** The ball of SAM and the parabola of the largest eigenvalue, in units of the axis. */
function aboutMiddle(
  { x, xAxis }: LandscapeResult,
  model: number,
  points: readonly Point[],
  sharpness: SharpnessResult | null,
): Pick<Curve, 'borders' | 'model'> {
  const length = xAxis.length[model];
  const radius = sharpness?.sam && length > 0 ? sharpness.sam.rho / length : undefined;
  const curvature = xAxis.eigenvalue?.[model] ?? sharpness?.topEigenvalues?.[0];
  const middle = points.reduce((best, point) => (Math.abs(point.x) < Math.abs(best.x) ? point : best)).y;
  const [from, to] = [x[0], x.at(-1)!];
  return {
    ...(radius !== undefined &&
      radius > 0 && { borders: [-radius, radius].filter((at) => at > from && at < to) }),
    ...(curvature !== undefined &&
      middle !== null && {
        model: Array.from({ length: modelPoints }, (_, i) => {
          const at = from + (i * (to - from)) / (modelPoints - 1);
          return { x: at, y: middle + 0.5 * curvature * (at * length) ** 2 };
        }),
      }),
  };
}

function withAir([low, high]: readonly [number, number], logarithmic: boolean): readonly [number, number] {
  if (logarithmic) return [low / 1.1, high * 1.1];
  const air = 0.06 * (high - low);
  return [Math.max(0, low - air), high + air];
}

function summaryOf({ name, points }: Curve, quantity: Quantity): string {
  const known = points.filter((point) => point.y !== null);
  if (known.length === 0) return l10n.t('{0}: no value.', displayName(name));
  const middle = known.reduce((best, point) => (Math.abs(point.x) < Math.abs(best.x) ? point : best));
  const values = [middle, known[0], known.at(-1)!].map(({ y }) => writeQuantity(quantity, y));
  return l10n.t('{0}: {1} in the middle, {2} and {3} at the ends.', displayName(name), ...values);
}
