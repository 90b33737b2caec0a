/** What a cursor needs to know of a slice, a plane and a density: where their points are and what they say. */
import * as l10n from '@vscode/l10n';
import { bisector } from 'd3';
import type { Cell, CursorLine, CursorTarget } from '../shared/chartCursor';
import { type ContourChart, type ContourPlot, planeCell } from '../shared/charts/contourChart';
import type { CurveChart, CurvePlot } from '../shared/charts/curveChart';
import { displayName } from '../shared/charts/displayName';
import { formatValue } from '../shared/charts/format';
import type { Point } from '../shared/charts/thinPoints';
import { cursorGroup, markColumn } from '../shared/cursorMarks';

/** `xs`: the places that the cursor stops at; `write`: a value in words. */
export function curveTarget(
  svg: SVGSVGElement,
  chart: CurveChart,
  { plot, x, y }: CurvePlot,
  xs: readonly number[],
  xName: string,
  write: (value: number | null | undefined) => string,
): CursorTarget {
  return {
    columns: xs.length,
    rows: chart.curves.length,
    firstRow: -1,
    locate(px, py) {
      if (px < plot.left || px > plot.right || py < plot.top || py > plot.bottom || xs.length === 0)
        return undefined;
      return { column: bisector((value: number) => value).center([...xs], x.invert(px)), row: -1 };
    },
    describe({ column, row }) {
      const lines = chart.curves.map(
        (curve, i): CursorLine => ({
          name: displayName(curve.name, 28),
          value: write(valueAt(curve.points, xs[column])),
          style: curve.style,
          strong: i === row,
        }),
      );
      return {
        title: `${xName} ${formatValue(xs[column])}`,
        lines: row >= 0 ? lines.filter(({ strong }) => strong) : lines,
      };
    },
    mark(cell) {
      const group = cursorGroup(svg, cell);
      if (!cell || !group) return { x: 0, y: 0 };
      const at = x(xs[cell.column]);
      markColumn(group, at, plot);
      let top = plot.top + 20;
      for (const [i, curve] of chart.curves.entries()) {
        const value = valueAt(curve.points, xs[cell.column]);
        if (value === null || value === undefined || (cell.row >= 0 && cell.row !== i)) continue;
        top = y(value);
        group
          .append('svg:circle')
          .attr('class', `mark ${curve.style.className}`)
          .attr('cx', at)
          .attr('cy', top)
          .attr('r', 4);
      }
      return { x: at, y: top };
    },
    pick: () => undefined,
  };
}

function valueAt(points: readonly Point[], x: number): number | null | undefined {
  return points.find((point) => point.x === x)?.y;
}

/** Rows are counted from the top, as the arrow keys go. */
export function planeTarget(
  svg: SVGSVGElement,
  chart: ContourChart,
  plot: ContourPlot,
  write: (value: number | null | undefined) => string,
): CursorTarget {
  const last = chart.y.length - 1;
  const place = ({ column, row }: Cell) => [chart.x[column], chart.y[last - row]] as const;
  return {
    columns: chart.x.length,
    rows: chart.y.length,
    firstRow: 0,
    locate(px, py) {
      const found = planeCell(chart, plot, px, py);
      return found && { column: found.column, row: last - found.row };
    },
    describe(cell) {
      const value = chart.values[last - cell.row]?.[cell.column];
      const text =
        value === null || value === undefined ? (chart.missing ?? l10n.t('not computed yet')) : write(value);
      const [x, y] = place(cell).map(formatValue);
      return {
        title: `${displayName(chart.heading, 28)}, x ${x}, y ${y}`,
        lines: [{ name: value === null ? l10n.t('no value') : l10n.t('value'), value: text, strong: true }],
      };
    },
    mark(cell) {
      const group = cursorGroup(svg, cell);
      if (!cell || !group) return { x: 0, y: 0 };
      const [vx, vy] = place(cell);
      const [px, py] = [plot.x(vx), plot.y(vy)];
      const { left, right, top, bottom } = plot.box;
      for (const className of ['cross-ground', 'cross']) {
        group
          .append('svg:path')
          .attr('class', className)
          .attr('d', `M${left},${py}H${right}M${px},${top}V${bottom}`);
      }
      group.append('svg:circle').attr('class', 'place').attr('cx', px).attr('cy', py).attr('r', 4);
      return { x: px, y: py };
    },
    pick: () => undefined,
  };
}
