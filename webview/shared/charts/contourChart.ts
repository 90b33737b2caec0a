/**
 * Values over a plane as filled bands with labelled lines of equal value. A pure drawing: charts that are given the same
 * range and levels can be compared side by side. Cells without a value are hatched, and the key says why.
 */
import { type ContourMultiPolygon, contours, geoPath, geoTransform, type ScaleLinear, scaleLinear } from 'd3';
import { drawNumberAxis } from './axes';
import { displayName } from './displayName';
import { addHatch } from './hatch';
import { heatColour } from './palette';
import { at, fillGaps, padGrid } from './planeGrid';
import { type Box, type Drawing, startChart, tenth, textWidth } from './svg';

export interface PlaneMark {
  readonly label: string;
  readonly x: number;
  readonly y: number;
  /** Whether it lies off the plane: it is drawn hollow then. */
  readonly off: boolean;
}

export interface ContourChart {
  /** Unique within the document. */
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly heading: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** values[row of y][column of x]; null where there is none. */
  readonly values: readonly (readonly (number | null)[])[];
  /** What null means; undefined where points are still to come, which are then drawn from those around them. */
  readonly missing: string | undefined;
  readonly levels: readonly number[];
  readonly format: (value: number) => string;
  readonly marks: readonly PlaneMark[];
  /** Whether a line joins the marks in their order: the way of a training. */
  readonly trajectory: boolean;
}

export interface ContourPlot {
  readonly box: Box;
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
}

const labelDistance = 34;
const keyHeight = 62;

export function drawContourChart(svg: SVGSVGElement, chart: ContourChart, width: number): ContourPlot {
  const [left, top, side] = [46, 46, Math.max(120, Math.min(width - 62, 460))];
  const box = { left, top, right: left + side, bottom: top + side };
  const size = { width, height: box.bottom + 36 + keyHeight };
  const drawing = startChart(svg, size, chart.title, chart.summary);
  const x = scaleLinear([chart.x[0], chart.x.at(-1)!], [box.left, box.right]);
  const y = scaleLinear([chart.y[0], chart.y.at(-1)!], [box.bottom, box.top]);
  const plot = { box, x, y };
  drawing
    .append('svg:defs')
    .append('svg:clipPath')
    .attr('id', `${chart.id}-plot`)
    .append('svg:rect')
    .attr('x', box.left)
    .attr('y', box.top)
    .attr('width', side)
    .attr('height', side);
  drawNumberAxis(drawing, x, box, 'x', chart.xLabel);
  drawNumberAxis(drawing, y, box, 'y', chart.yLabel);
  if (chart.values.some((row) => row.some((value) => value !== null))) drawBands(drawing, chart, plot);
  drawMissing(drawing, chart, plot);
  drawMarks(drawing, chart, plot);
  drawing.append('svg:text').attr('class', 'heading').attr('x', left).attr('y', 14).text(chart.heading);
  drawKey(drawing, chart, box);
  return plot;
}

/** Colour of the values between level `band - 1` and level `band`. */
function bandColour(band: number, levels: readonly number[]): string {
  return heatColour(band, [0, Math.max(1, levels.length)]);
}

/** Column and row of the nearest grid point. */
export function planeCell(chart: ContourChart, { box, x, y }: ContourPlot, px: number, py: number) {
  if (px < box.left || px > box.right || py < box.top || py > box.bottom) return undefined;
  return { column: nearest(chart.x, x.invert(px)), row: nearest(chart.y, y.invert(py)) };
}

function nearest(values: readonly number[], value: number): number {
  let best = 0;
  values.forEach((other, i) => {
    if (Math.abs(other - value) < Math.abs(values[best] - value)) best = i;
  });
  return best;
}

function drawBands(drawing: Drawing, chart: ContourChart, { box, x, y }: ContourPlot): void {
  const [columns, rows] = [chart.x.length, chart.y.length];
  // One more cell at each side, outside of what is shown: there the areas are closed.
  const padded = padGrid(fillGaps(chart.values), columns, rows);
  const place = geoTransform({
    point(gx, gy) {
      this.stream.point(x(at(chart.x, gx - 1.5)), y(at(chart.y, gy - 1.5)));
    },
  });
  const path = geoPath(place).digits(1);
  const areas = contours()
    .size([columns + 2, rows + 2])
    .thresholds([...chart.levels])(padded);
  const bands = drawing.append('svg:g').attr('class', 'bands').attr('clip-path', `url(#${chart.id}-plot)`);
  bands
    .append('svg:rect')
    .attr('class', 'band')
    .attr('x', box.left)
    .attr('y', box.top)
    .attr('width', box.right - box.left)
    .attr('height', box.bottom - box.top)
    .attr('fill', bandColour(0, chart.levels));
  areas.forEach((area, i) => {
    bands
      .append('svg:path')
      .attr('class', 'band')
      .attr('data-level', area.value)
      .attr('d', path(area) ?? '')
      .attr('fill', bandColour(i + 1, chart.levels));
  });
  drawLevelLabels(drawing, chart, areas, box, (gx, gy) => [
    x(at(chart.x, gx - 1.5)),
    y(at(chart.y, gy - 1.5)),
  ]);
}

/** One label a level, on its longest line, away from the other labels and from the edge. */
function drawLevelLabels(
  drawing: Drawing,
  chart: ContourChart,
  areas: readonly ContourMultiPolygon[],
  box: Box,
  place: (gx: number, gy: number) => readonly [number, number],
): void {
  const placed: (readonly [number, number])[] = [];
  const group = drawing.append('svg:g').attr('class', 'level-labels');
  areas.forEach((area, i) => {
    const text = chart.format(area.value);
    const inset = textWidth(text) / 2 + 4;
    const rings = area.coordinates.flat().sort((a, b) => b.length - a.length);
    const points = rings.flatMap((ring) => ring.map(([gx, gy]) => place(gx, gy)));
    const free = points.filter(
      ([px, py]) =>
        px > box.left + inset &&
        px < box.right - inset &&
        py > box.top + 10 &&
        py < box.bottom - 10 &&
        placed.every(([qx, qy]) => Math.hypot(px - qx, py - qy) > labelDistance),
    );
    const spot = free[Math.floor(free.length / 4)];
    if (!spot) return;
    placed.push(spot);
    group
      .append('svg:rect')
      .attr('x', tenth(spot[0] - inset + 2))
      .attr('y', tenth(spot[1] - 6))
      .attr('width', tenth(2 * inset - 4))
      .attr('height', 12)
      .attr('rx', 2)
      .attr('fill', bandColour(i + 1, chart.levels));
    group
      .append('svg:text')
      .attr('class', `level-label ${(i + 1) / chart.levels.length > 0.55 ? 'on-light' : 'on-dark'}`)
      .attr('x', tenth(spot[0]))
      .attr('y', tenth(spot[1]))
      .attr('dy', '.34em')
      .attr('text-anchor', 'middle')
      .text(text);
  });
}

function drawMissing(drawing: Drawing, chart: ContourChart, { x, y }: ContourPlot): void {
  if (chart.missing === undefined || !hasGaps(chart)) return;
  const fill = addHatch(drawing, `${chart.id}-hatch`, 'hatch-plain');
  const group = drawing
    .append('svg:g')
    .attr('class', 'missing-cells')
    .attr('clip-path', `url(#${chart.id}-plot)`);
  chart.values.forEach((row, r) => {
    row.forEach((value, c) => {
      if (value !== null) return;
      const [x0, x1] = [x(at(chart.x, c - 0.5)), x(at(chart.x, c + 0.5))];
      const [y1, y0] = [y(at(chart.y, r - 0.5)), y(at(chart.y, r + 0.5))];
      for (const [className, paint] of [
        ['missing-ground', null],
        ['missing-cell', fill],
      ] as const) {
        group
          .append('svg:rect')
          .attr('class', className)
          .attr('x', tenth(x0))
          .attr('y', tenth(y0))
          .attr('width', tenth(x1 - x0))
          .attr('height', tenth(y1 - y0))
          .attr('fill', paint);
      }
    });
  });
}

function hasGaps({ values }: ContourChart): boolean {
  return values.some((row) => row.includes(null));
}

function drawMarks(drawing: Drawing, { marks, trajectory }: ContourChart, { x, y, box }: ContourPlot): void {
  const group = drawing.append('svg:g').attr('class', 'plane-marks');
  const inside = marks.map((mark) => ({ ...mark, px: tenth(x(mark.x)), py: tenth(y(mark.y)) }));
  if (trajectory && inside.length > 1) {
    const d = `M${inside.map(({ px, py }) => `${px},${py}`).join('L')}`;
    for (const className of ['way-ground', 'way'])
      group.append('svg:path').attr('class', className).attr('d', d);
  }
  inside.forEach(({ px, py, label, off }, i) => {
    group
      .append('svg:circle')
      .attr('class', off ? 'place off' : 'place')
      .attr('cx', px)
      .attr('cy', py)
      .attr('r', 4);
    if (trajectory && i > 0 && i < inside.length - 1) return;
    const text = displayName(label, 18);
    const end = px + 8 + textWidth(text) > box.right;
    group
      .append('svg:text')
      .attr('class', 'place-label')
      .attr('x', end ? px - 8 : px + 8)
      .attr('y', py - 7)
      .attr('text-anchor', end ? 'end' : 'start')
      .text(text);
  });
}

function drawKey(drawing: Drawing, chart: ContourChart, box: Box): void {
  const { levels, format } = chart;
  const group = drawing
    .append('svg:g')
    .attr('class', 'legend')
    .attr('transform', `translate(${box.left},${box.bottom + 42})`);
  const wide = Math.min(box.right - box.left, 300) / (levels.length + 1);
  for (let band = 0; band <= levels.length; band++) {
    group
      .append('svg:rect')
      .attr('x', tenth(band * wide))
      .attr('width', tenth(wide + 0.4))
      .attr('height', 9)
      .attr('fill', bandColour(band, levels));
  }
  const widest = Math.max(0, ...levels.map((level) => textWidth(format(level)))) + 8;
  const every = Math.max(1, Math.ceil(widest / wide));
  levels.forEach((level, i) => {
    if (i % every !== 0) return;
    group
      .append('svg:text')
      .attr('class', 'axis-label')
      .attr('x', tenth((i + 1) * wide))
      .attr('y', 22)
      .attr('text-anchor', 'middle')
      .text(format(level));
  });
  if (chart.missing === undefined || !hasGaps(chart)) return;
  const key = group.append('svg:g').attr('transform', 'translate(0,30)');
  key
    .append('svg:rect')
    .attr('class', 'missing-cell')
    .attr('width', 18)
    .attr('height', 11)
    .attr('fill', `url(#${chart.id}-hatch)`);
  key
    .append('svg:text')
    .attr('class', 'axis-label missing-key')
    .attr('x', 24)
    .attr('y', 10)
    .text(chart.missing);
}
