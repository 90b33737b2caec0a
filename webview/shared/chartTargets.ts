/** What a cursor needs to know of a drawn line chart or heat strip: where things are and what they are called. */
import * as l10n from '@vscode/l10n';
import { bisector } from 'd3';
import type { Cell, CursorLine, CursorTarget } from './chartCursor';
import { displayName } from './charts/displayName';
import { formatValue } from './charts/format';
import type { HeatPlot, HeatStrip } from './charts/heatStrip';
import { formatIn, type LineChart, type LinePlot, type LineSeries } from './charts/lineChart';
import { layerStyle } from './charts/palette';
import type { Point } from './charts/thinPoints';
import { cursorGroup, markCell, markColumn } from './cursorMarks';

const shownLines = 12;
const byStep = bisector((point: Point) => point.x);

export function lineTarget(
  svg: SVGSVGElement,
  chart: LineChart,
  { plot, x, y }: LinePlot,
  pick: (series: string) => void,
): CursorTarget {
  const series = chart.series.filter((one) => !one.faint);
  const steps = [...new Set(series.flatMap((one) => one.points.map((point) => point.x)))].sort(
    (a, b) => a - b,
  );
  // Series are recorded at different steps: the newest point up to the pointed one is what was known then.
  const pointAt = (one: LineSeries, column: number): Point | undefined =>
    one.points[byStep.right(one.points, steps[column]!) - 1];
  const valueAt = (one: LineSeries, column: number) => pointAt(one, column)?.y ?? null;
  return {
    columns: steps.length,
    rows: series.length,
    firstRow: -1,
    locate(px, py) {
      if (steps.length === 0 || px > plot.right + 12 || px < plot.left - 12) return undefined;
      const column = nearest(steps, x.invert(px));
      return { column, row: nearestSeries(series, column, valueAt, y, py) };
    },
    describe({ column, row }) {
      // Of many layers those around the pointed one, in their order.
      const from = Math.max(0, Math.min(row - shownLines / 2, series.length - shownLines));
      const lines = series.slice(from, from + shownLines).map((one, i): CursorLine => {
        const point = pointAt(one, column);
        const older = point !== undefined && point.x !== steps[column];
        const name = displayName(one.name, 24);
        return {
          name: older ? l10n.t('{0}, step {1}', name, point.x) : name,
          value: formatIn(chart.unit, point?.y),
          style: one.style,
          strong: from + i === row,
        };
      });
      // The chosen line is read first.
      if (row >= 0) lines.sort((a, b) => Number(b.strong) - Number(a.strong));
      return { title: l10n.t('step {0}', steps[column]!), lines };
    },
    mark(cell) {
      const group = cursorGroup(svg, cell);
      if (!cell || !group) return { x: 0, y: 0 };
      const at = x(steps[cell.column]!);
      markColumn(group, at, plot);
      series.forEach((one, i) => {
        const point = pointAt(one, cell.column);
        if (!point || point.y === null) return;
        group
          .append('svg:circle')
          .attr('class', `mark ${one.style.className}`)
          .attr('cx', x(point.x))
          .attr('cy', y(point.y))
          .attr('r', i === cell.row ? 5 : 3);
      });
      const value = cell.row >= 0 ? valueAt(series[cell.row]!, cell.column) : null;
      return { x: at, y: value === null ? plot.top + 30 : y(value) };
    },
    pick: ({ row }) => pick(series[row]!.name),
  };
}

export function heatTarget(
  svg: SVGSVGElement,
  strip: HeatStrip,
  { plot, rowHeight, columns }: HeatPlot,
  pick: (layer: string) => void,
): CursorTarget {
  return {
    columns: strip.columns.length,
    rows: strip.rows.length,
    firstRow: 0,
    locate(px, py) {
      const row = Math.floor((py - plot.top) / rowHeight);
      const column = columns.findIndex(([left, right]) => px >= left && px <= right);
      return row < 0 || row >= strip.rows.length || column < 0 ? undefined : { column, row };
    },
    describe({ column, row }) {
      const { step, values } = strip.columns[column]!;
      const name = strip.rows[row]!;
      const line = {
        name: displayName(name, 24),
        value: formatValue(values[row]),
        style: layerStyle(row, strip.rows),
        strong: true,
      };
      return { title: l10n.t('step {0}', step), lines: [line] };
    },
    mark(cell) {
      const group = cursorGroup(svg, cell);
      if (!cell || !group) return { x: 0, y: 0 };
      const [left, right] = columns[cell.column]!;
      const top = plot.top + cell.row * rowHeight;
      markCell(group, { left, right, top, bottom: top + rowHeight - 1 });
      return { x: right, y: top };
    },
    pick: ({ row }) => pick(strip.rows[row]!),
  };
}

function nearest(steps: readonly number[], step: number): number {
  const right = Math.min(steps.length - 1, bisector((value: number) => value).left(steps, step));
  const left = Math.max(0, right - 1);
  return step - steps[left]! < steps[right]! - step ? left : right;
}

function nearestSeries(
  series: readonly LineSeries[],
  column: number,
  value: (one: LineSeries, column: number) => number | null,
  y: LinePlot['y'],
  py: number,
): Cell['row'] {
  let row = -1;
  let least = 24;
  series.forEach((one, i) => {
    const at = value(one, column);
    if (at === null || Math.abs(y(at) - py) >= least) return;
    least = Math.abs(y(at) - py);
    row = i;
  });
  return row;
}
