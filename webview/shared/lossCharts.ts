/** Loss and accuracy over the steps of a run: cross-entropy, the RepSim term and validation accuracy, each with its own axis. */
import * as l10n from '@vscode/l10n';
import { formatPercent, formatValue } from './charts/format';
import type { LineChart } from './charts/lineChart';
import { seriesStyle } from './charts/palette';
import type { Point } from './charts/thinPoints';
import type { RunRecord } from './runRecord';

/** The charts for which the run has values: none, one, two or three. */
export function lossCharts(record: RunRecord, x: readonly [number, number]): LineChart[] {
  const crossEntropy = record.steps.map((step) => ({ x: step.step, y: step.crossEntropy }));
  const validation = record.validations.map((event) => ({ x: event.step, y: event.loss }));
  const repsim = record.steps.map((step) => ({ x: step.step, y: step.similarityLoss ?? null }));
  const accuracy = record.validations.map((event) => ({ x: event.step, y: event.accuracy }));
  const charts: LineChart[] = [];
  if (hasValues(crossEntropy) || hasValues(validation)) {
    charts.push({
      title: l10n.t('Cross-entropy over steps'),
      summary: l10n.t('Training {0}, validation {1}.', lastOf(crossEntropy), lastOf(validation)),
      xLabel: l10n.t('step'),
      yLabel: l10n.t('cross-entropy'),
      unit: 'value',
      x,
      y: [0, top([crossEntropy, validation])],
      series: [
        { name: l10n.t('each batch'), style: seriesStyle(0), points: crossEntropy, faint: true },
        { name: l10n.t('training'), style: seriesStyle(0), points: runningMean(crossEntropy) },
        { name: l10n.t('validation'), style: seriesStyle(1), points: validation },
      ],
    });
  }
  if (hasValues(repsim)) {
    charts.push({
      title: l10n.t('RepSim term of the loss over steps'),
      summary: l10n.t('RepSim term {0}.', lastOf(repsim)),
      xLabel: l10n.t('step'),
      yLabel: l10n.t('RepSim term'),
      unit: 'value',
      x,
      y: [0, top([repsim])],
      series: [
        { name: l10n.t('each batch'), style: seriesStyle(2), points: repsim, faint: true },
        { name: 'RepSim', style: { ...seriesStyle(2), dash: null }, points: runningMean(repsim) },
      ],
    });
  }
  if (hasValues(accuracy)) {
    const n = record.validations.at(-1)!.n;
    charts.push({
      title: l10n.t('Validation accuracy over steps, n = {0} images', n),
      summary: l10n.t(
        'Last {0}, best {1}.',
        formatPercent(accuracy.at(-1)!.y),
        formatPercent(best(accuracy)),
      ),
      xLabel: l10n.t('step'),
      yLabel: l10n.t('validation accuracy, n = {0}', n),
      unit: 'percent',
      x,
      y: [0, 1],
      series: [{ name: l10n.t('validation'), style: seriesStyle(1), points: accuracy }],
    });
  }
  return charts;
}

/** Mean over the last thirtieth of the recorded steps, at least one; steps without a value do not count. */
export function runningMean(points: readonly Point[]): Point[] {
  const window = Math.max(1, Math.round(points.length / 30));
  let sum = 0;
  let count = 0;
  return points.map((point, i) => {
    if (point.y !== null) {
      sum += point.y;
      count++;
    }
    const leaving = points[i - window]?.y ?? null;
    if (leaving !== null) {
      sum -= leaving;
      count--;
    }
    return { x: point.x, y: count === 0 || point.y === null ? null : sum / count };
  });
}

function hasValues(points: readonly Point[]): boolean {
  return points.some((point) => point.y !== null);
}

function lastOf(points: readonly Point[]): string {
  return formatValue(points.findLast((point) => point.y !== null)?.y);
}

function best(points: readonly Point[]): number | null {
  return points.reduce<number | null>(
    (most, { y }) => (y === null || (most !== null && most > y) ? most : y),
    null,
  );
}

/** Upper end of the axis: the 99th percentile with some air, since one wild batch must not flatten the rest. */
function top(series: readonly (readonly Point[])[]): number {
  const values = series
    .flatMap((points) => points.flatMap(({ y }) => (y === null ? [] : [y])))
    .sort((a, b) => a - b);
  const high = values[Math.floor(0.99 * (values.length - 1))] ?? 1;
  return high > 0 ? 1.08 * high : 1;
}
