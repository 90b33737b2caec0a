/**
 * Curves over a number line, linear or logarithmic: slices of a loss, spectral densities. Curves are told apart by colour,
 * dash and the legend; gaps of a curve are hatched where `missing` says why there is no value.
 */
import { area, line, type ScaleLinear, scaleLinear } from 'd3';
import { drawNumberAxis, extraBelow } from './axes';
import { dataName, displayName } from './displayName';
import { addHatch } from './hatch';
import { type ValueScale, valueScale } from './levels';
import type { SeriesStyle } from './palette';
import { type Box, type ChartSize, type Drawing, startChart, tenth } from './svg';
import type { Point } from './thinPoints';

export interface Curve {
  readonly name: string;
  readonly style: SeriesStyle;
  /** By increasing x. */
  readonly points: readonly Point[];
  /** Half the height of a band around every point, null where it is not known. */
  readonly errors?: readonly (number | null)[];
  /** A model of the curve, thin and broken. */
  readonly model?: readonly Point[];
  /** Places on the axis that are marked by a line each: both ends of a ball. */
  readonly borders?: readonly number[];
}

export interface CurveChart {
  /** Unique within the document. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  readonly logarithmic: boolean;
  readonly percent: boolean;
  readonly curves: readonly Curve[];
  /** Why a curve has gaps; undefined where points are still to come. */
  readonly missing: string | undefined;
  /** Named places. */
  readonly marks: readonly { readonly label: string; readonly x: number }[];
}

export interface CurvePlot {
  readonly plot: Box;
  readonly x: ScaleLinear<number, number>;
  readonly y: ValueScale;
}

export function drawCurveChart(svg: SVGSVGElement, chart: CurveChart, size: ChartSize): CurvePlot {
  const drawing = startChart(svg, size, chart.title, chart.summary);
  const right = size.width - 14;
  const plot = { left: 54, top: 26, right, bottom: size.height - 36 - extraBelow({ right }, chart.xLabel) };
  const x = scaleLinear(chart.x, [plot.left, plot.right]);
  const y = valueScale(chart.y, chart.logarithmic, [plot.bottom, plot.top]);
  const scales = { plot, x, y };
  drawNumberAxis(drawing, y, plot, 'y', chart.yLabel, chart.percent ? '.0%' : undefined);
  drawNumberAxis(drawing, x, plot, 'x', chart.xLabel);
  drawing
    .append('svg:defs')
    .append('svg:clipPath')
    .attr('id', `${chart.id}-plot`)
    .append('svg:rect')
    .attr('x', plot.left)
    .attr('y', plot.top)
    .attr('width', plot.right - plot.left)
    .attr('height', plot.bottom - plot.top);
  for (const [i, curve] of chart.curves.entries()) drawCurve(drawing, chart, curve, i, scales);
  drawPlaces(drawing, chart, scales);
  return scales;
}

function drawCurve(
  drawing: Drawing,
  chart: CurveChart,
  curve: Curve,
  index: number,
  scales: CurvePlot,
): void {
  const { plot, x, y } = scales;
  const group = drawing
    .append('svg:g')
    .attr('class', `series ${curve.style.className}`)
    .attr('data-series', dataName(curve.name));
  if (chart.missing !== undefined)
    drawGaps(drawing, group.node() as SVGGElement, chart, curve, index, scales);
  const inside = group.append('svg:g').attr('clip-path', `url(#${chart.id}-plot)`);
  const { errors } = curve;
  if (errors) {
    const band = area<number>()
      .defined((i) => curve.points[i].y !== null && errors[i] !== null)
      .x((i) => x(curve.points[i].x))
      .y0((i) => y(Math.max(chart.y[0], curve.points[i].y! - errors[i]!)))
      .y1((i) => y(curve.points[i].y! + errors[i]!))
      .digits(1);
    inside
      .append('svg:path')
      .attr('class', 'error-band')
      .attr('d', band(curve.points.map((_, i) => i)) ?? '');
  }
  for (const border of curve.borders ?? []) {
    inside
      .append('svg:line')
      .attr('class', 'border')
      .attr('data-border', border)
      .attr('x1', tenth(x(border)))
      .attr('x2', tenth(x(border)))
      .attr('y1', plot.top)
      .attr('y2', plot.bottom);
  }
  // Not clamped: a steep model leaves the picture instead of running along its edge.
  const open = y.copy().clamp(false);
  if (curve.model)
    inside
      .append('svg:path')
      .attr('class', 'model')
      .attr('d', pathOf(curve.model, x, open));
  const path = inside
    .append('svg:path')
    .attr('class', 'line')
    .attr('data-values', JSON.stringify(curve.points.map((point) => [point.x, point.y])))
    .attr('d', pathOf(curve.points, x, y));
  if (curve.style.dash) path.attr('stroke-dasharray', curve.style.dash);
}

function pathOf(points: readonly Point[], x: CurvePlot['x'], y: CurvePlot['y']): string {
  const path = line<Point>()
    .defined((point) => point.y !== null)
    .x((point) => x(point.x))
    .y((point) => y(point.y!))
    .digits(1);
  return path(points as Point[]) ?? '';
}

/** Hatches from half-way to the last value before a gap, to half-way to the first after it. */
function drawGaps(
  drawing: Drawing,
  group: SVGGElement,
  chart: CurveChart,
  { points, style }: Curve,
  index: number,
  { plot, x }: CurvePlot,
): void {
  if (points.every(({ y }) => y !== null)) return;
  const fill = addHatch(drawing, `${chart.id}-hatch-${index}`, style.className);
  for (let i = 0; i < points.length; i++) {
    if (points[i].y !== null) continue;
    const first = i;
    while (points[i + 1]?.y === null) i++;
    const from = first === 0 ? points[0].x : (points[first - 1].x + points[first].x) / 2;
    const to = i === points.length - 1 ? points[i].x : (points[i].x + points[i + 1].x) / 2;
    const gap = group.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'rect');
    const values = {
      x: tenth(x(from)),
      y: plot.top,
      width: tenth(x(to) - x(from)),
      height: plot.bottom - plot.top,
    };
    for (const [name, value] of Object.entries(values)) gap.setAttribute(name, String(value));
    gap.setAttribute('class', 'missing-cell');
    gap.setAttribute('fill', fill);
    group.append(gap);
  }
}

function drawPlaces(drawing: Drawing, { marks }: CurveChart, { plot, x }: CurvePlot): void {
  for (const mark of marks) {
    const at = tenth(x(mark.x));
    drawing.append('svg:path').attr('class', 'place-tick').attr('d', `M${at},${plot.bottom}l-4,7h8z`);
    drawing
      .append('svg:text')
      .attr('class', 'axis-label')
      .attr('x', at)
      .attr('y', plot.top - 4)
      .attr('text-anchor', 'middle')
      .text(displayName(mark.label, 18));
  }
}
