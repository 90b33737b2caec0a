/** Bars side by side: for each layer one bar a run, with its value at the end. The first run is filled, others outlined. */
import { scaleLinear } from 'd3';
import { drawValueLines } from './axes';
import { dataName, displayName } from './displayName';
import { formatValue } from './format';
import { seriesStyle } from './palette';
import { startChart, tenth, textWidth } from './svg';

export interface BarChart {
  readonly title: string;
  readonly summary: string;
  readonly valueLabel: string;
  /** Values at the start and the end of the axis; 0 lies within. */
  readonly range: readonly [number, number];
  readonly rows: readonly string[];
  /** `values` has one entry a row, null where there is none. */
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[];
}

const barHeight = 11;
const legendLine = 18;

function barChartHeight(rows: number, series: number): number {
  return series * legendLine + 30 + rows * (series * barHeight + 9);
}

export function drawBarChart(svg: SVGSVGElement, chart: BarChart, width: number): void {
  const height = barChartHeight(chart.rows.length, chart.series.length);
  const drawing = startChart(svg, { width, height }, chart.title, chart.summary);
  const names = chart.rows.map((row) => displayName(row, 20));
  const left = Math.min(width / 3, Math.max(...names.map(textWidth), 20) + 12);
  const top = chart.series.length * legendLine + 24;
  const plot = { left, top, right: width - 44, bottom: height - 4 };
  const x = scaleLinear([...chart.range], [plot.left, plot.right]);
  drawValueLines(drawing, x, plot, chart.valueLabel);
  chart.series.forEach((series, s) => {
    const key = drawing.append('svg:g').attr('class', `key ${seriesStyle(s).className}`);
    key
      .append('svg:rect')
      .attr('class', s === 0 ? 'bar' : 'bar outlined')
      .attr('x', left)
      .attr('y', 2 + s * legendLine)
      .attr('width', 22)
      .attr('height', 10);
    key
      .append('svg:text')
      .attr('x', left + 30)
      .attr('y', 11 + s * legendLine)
      .text(displayName(series.name, 60));
  });
  chart.rows.forEach((row, r) => {
    const rowTop = top + r * (chart.series.length * barHeight + 9) + 5;
    drawing
      .append('svg:text')
      .attr('x', left - 8)
      .attr('y', rowTop + (chart.series.length * barHeight) / 2)
      .attr('dy', '.35em')
      .attr('text-anchor', 'end')
      .text(names[r]!);
    chart.series.forEach((series, s) => {
      const value = series.values[r] ?? null;
      const group = drawing
        .append('svg:g')
        .attr('class', `series ${seriesStyle(s).className}`)
        .attr('data-row', dataName(row))
        .attr('data-series', dataName(series.name))
        .attr('data-value', value === null ? '' : value);
      if (value !== null) {
        const inside = Math.min(chart.range[1], Math.max(chart.range[0], value));
        group
          .append('svg:rect')
          .attr('class', s === 0 ? 'bar' : 'bar outlined')
          .attr('x', tenth(Math.min(x(0), x(inside))))
          .attr('y', rowTop + s * barHeight)
          .attr('width', tenth(Math.abs(x(inside) - x(0))))
          .attr('height', barHeight - 2);
      }
      group
        .append('svg:text')
        .attr('x', tenth(x(Math.min(chart.range[1], Math.max(0, value ?? 0))) + 5))
        .attr('y', rowTop + s * barHeight + barHeight / 2 - 1)
        .attr('dy', '.35em')
        .text(formatValue(value));
    });
  });
}
