/**
 * Lines over the steps of a run: one a series, told apart by colour, dash and a label at the end. A pure drawing: the
 * same numbers give the same picture, in a panel as in a report. Values that are null leave a gap.
 */
import { line, type ScaleLinear, scaleLinear } from 'd3';
import { drawStepAxis, drawValueAxis } from './axes';
import { dataName, displayName } from './displayName';
import { formatPercent, formatValue } from './format';
import type { SeriesStyle } from './palette';
import { placeLabels } from './placeLabels';
import { type Box, type ChartSize, type Drawing, startChart, tenth, textWidth } from './svg';
import { type Point, thinPoints } from './thinPoints';

export interface LineSeries {
  readonly name: string;
  readonly style: SeriesStyle;
  /** In the order of the steps. */
  readonly points: readonly Point[];
  /** Drawn thin and without label or value, behind the others: the raw values under a running mean. */
  readonly faint?: boolean;
}

export interface LineChart {
  readonly title: string;
  /** What the picture shows, in words, for those who do not see it. */
  readonly summary: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly unit: 'value' | 'percent';
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly series: readonly LineSeries[];
}

export interface LineOptions {
  /** Series that is picked out; the others step back. */
  readonly picked?: string | undefined;
  /** Room at the right for labels, so that charts one below the other share their scale; by default as needed. */
  readonly labelWidth?: number;
  /** Whether the drawn values are kept in `data-values`; a report has tables and leaves them out. */
  readonly values?: boolean;
}

export interface LinePlot {
  readonly plot: Box;
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
}

const maxNameLength = 16;
const labelGap = 12.5;

/** Room that the labels of these names need, at most a third of the width. */
export function labelRoom(names: readonly string[], width: number): number {
  const widest = Math.max(0, ...names.map((name) => textWidth(displayName(name, maxNameLength))));
  return Math.min(width / 3, widest + 14);
}

/** Draws the chart into `svg` and tells where its plot and scales are, for a cursor to use. */
export function drawLineChart(
  svg: SVGSVGElement,
  chart: LineChart,
  size: ChartSize,
  options: LineOptions = {},
): LinePlot {
  const drawing = startChart(svg, size, chart.title, chart.summary);
  const labelled = chart.series.filter((series) => !series.faint);
  const right =
    options.labelWidth ??
    labelRoom(
      labelled.map((series) => series.name),
      size.width,
    );
  const plot = { left: 44, top: 24, right: Math.max(60, size.width - right), bottom: size.height - 36 };
  const x = scaleLinear([...chart.x], [plot.left, plot.right]);
  // Beyond the range a line runs along the edge: one wild batch stays inside the picture.
  const y = scaleLinear([...chart.y], [plot.bottom, plot.top]).clamp(true);
  drawValueAxis(drawing, y, plot, chart.yLabel, chart.unit === 'percent' ? '.0%' : undefined);
  drawStepAxis(drawing, x, plot, chart.xLabel);
  drawLines(drawing, chart, { plot, x, y }, options);
  drawLabels(drawing, labelled, { plot, x, y }, options.picked);
  return { plot, x, y };
}

/** The value of a series as the chart's unit writes it. */
export function formatIn(unit: LineChart['unit'], value: number | null | undefined): string {
  return unit === 'percent' ? formatPercent(value) : formatValue(value);
}

function drawLines(drawing: Drawing, chart: LineChart, { plot, x, y }: LinePlot, options: LineOptions): void {
  const buckets = Math.max(1, Math.floor(plot.right - plot.left));
  // Thick lines last, so that they lie on top.
  const order = [...chart.series].sort((a, b) => weight(a) - weight(b));
  for (const series of order) {
    const points = thinPoints(series.points, buckets);
    const group = drawing
      .append('svg:g')
      .attr('class', `series ${series.style.className}${emphasis(series.name, options.picked)}`)
      .attr('data-series', dataName(series.name));
    const path = group
      .append('svg:path')
      .attr('class', series.faint ? 'line faint' : 'line')
      .attr('d', pathOf(points, x, y));
    if (series.style.dash && !series.faint) path.attr('stroke-dasharray', series.style.dash);
    const last = lastValue(series.points);
    if (last) path.attr('data-last-step', last.x).attr('data-last', last.y);
    if (options.values) path.attr('data-values', JSON.stringify(points.map((point) => [point.x, point.y])));
  }
}

function weight(series: LineSeries): number {
  if (series.faint) return 0;
  return series.style.className === 'layer-final' ? 2 : 1;
}

function pathOf(points: readonly Point[], x: LinePlot['x'], y: LinePlot['y']): string {
  const path = line<Point>()
    .defined((point) => point.y !== null)
    .x((point) => tenth(x(point.x)))
    .y((point) => tenth(y(point.y!)))
    .digits(1);
  return path(points as Point[]) ?? '';
}

function drawLabels(
  drawing: Drawing,
  labelled: readonly LineSeries[],
  { plot, x, y }: LinePlot,
  picked: string | undefined,
): void {
  const ends = labelled.flatMap((series) => {
    const last = lastValue(series.points);
    return last ? [{ series, x: x(last.x), y: y(last.y) }] : [];
  });
  const places = placeLabels(
    ends.map((end) => ({ y: end.y, rank: rank(end.series, picked) })),
    plot.top,
    plot.bottom,
    labelGap,
  );
  // Where the longest line ends: while a run goes on the labels move along.
  const left = Math.max(0, ...ends.map((end) => end.x));
  ends.forEach((end, i) => {
    const place = places[i];
    if (place === undefined) return;
    const group = drawing
      .append('svg:g')
      .attr('class', `${end.series.style.className}${emphasis(end.series.name, picked)}`);
    group
      .append('svg:path')
      .attr('class', 'leader')
      .attr('d', `M${tenth(end.x + 3)},${tenth(end.y)}L${tenth(left + 9)},${tenth(place)}`);
    group
      .append('svg:text')
      .attr('class', 'label')
      .attr('x', tenth(left + 12))
      .attr('y', tenth(place))
      .attr('dy', '.35em')
      .text(displayName(end.series.name, maxNameLength));
  });
}

function rank(series: LineSeries, picked: string | undefined): number {
  if (series.name === picked) return 2;
  return series.style.className === 'layer-final' ? 1 : 0;
}

function emphasis(name: string, picked: string | undefined): string {
  if (picked === undefined) return '';
  return name === picked ? ' picked' : ' dimmed';
}

function lastValue(points: readonly Point[]): { x: number; y: number } | undefined {
  for (let i = points.length - 1; i >= 0; i--) {
    const { x, y } = points[i]!;
    if (y !== null) return { x, y };
  }
  return undefined;
}
