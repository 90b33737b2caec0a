/**
 * A strip of cells, a row a layer and a column a measurement, coloured by similarity: where in the network and when in
 * the run the representation moved. Rows are named at the right and columns lie on the scale of the steps, as in the
 * line chart above it.
 */
import { type ScaleLinear, scaleLinear } from 'd3';
import { drawStepAxis } from './axes';
import { dataName, displayName } from './displayName';
import { drawHeatLegend } from './heatLegend';
import { labelRoom } from './lineChart';
import { heatColour } from './palette';
import { type Box, type Drawing, startChart } from './svg';

export interface HeatStrip {
  readonly title: string;
  readonly summary: string;
  readonly xLabel: string;
  readonly scaleLabel: string;
  readonly x: readonly [number, number];
  /** Values that get the first and the last colour. */
  readonly range: readonly [number, number];
  readonly rows: readonly string[];
  /** In the order of the steps; `values` has one entry a row, null where the measure is undefined. */
  readonly columns: readonly { readonly step: number; readonly values: readonly (number | null)[] }[];
}

export interface HeatOptions {
  readonly picked?: string | undefined;
  readonly labelWidth?: number;
  /** Whether each cell carries its row, step and value as data attributes. */
  readonly values?: boolean;
}

export interface HeatPlot {
  readonly plot: Box;
  readonly rowHeight: number;
  /** Left and right edge of each column. */
  readonly columns: readonly (readonly [number, number])[];
}

const legendHeight = 40;

function heatStripHeight(rows: number): number {
  return rows * rowHeightFor(rows) + 36 + legendHeight;
}

/** Draws the strip into `svg` and tells where its cells are, for a cursor to use. */
export function drawHeatStrip(
  svg: SVGSVGElement,
  strip: HeatStrip,
  width: number,
  options: HeatOptions = {},
): HeatPlot {
  const height = heatStripHeight(strip.rows.length);
  const drawing = startChart(svg, { width, height }, strip.title, strip.summary);
  const right = Math.max(60, width - (options.labelWidth ?? labelRoom(strip.rows, width)));
  const plot = { left: 44, top: legendHeight, right, bottom: height - 36 };
  const x = scaleLinear([...strip.x], [plot.left, plot.right]);
  const rowHeight = rowHeightFor(strip.rows.length);
  const columns = columnEdges(
    strip.columns.map((column) => column.step),
    x,
    plot,
  );
  drawCells(drawing, strip, { plot, rowHeight, columns }, options);
  drawRowNames(drawing, strip.rows, plot, rowHeight, options.picked);
  drawStepAxis(drawing, x, plot, strip.xLabel);
  drawLegend(drawing, strip, plot);
  return { plot, rowHeight, columns };
}

function rowHeightFor(rows: number): number {
  return rows <= 8 ? 18 : rows <= 16 ? 14 : 10;
}

/** A column reaches half-way to its neighbours. */
function columnEdges(
  steps: readonly number[],
  x: ScaleLinear<number, number>,
  plot: Box,
): (readonly [number, number])[] {
  const inside = (value: number) => Math.min(plot.right, Math.max(plot.left, value));
  const half = steps.length > 1 ? (x(steps[1]!) - x(steps[0]!)) / 2 : 6;
  return steps.map((step, i) => {
    const centre = x(step);
    const left = i > 0 ? (x(steps[i - 1]!) + centre) / 2 : centre - half;
    const right = i + 1 < steps.length ? (x(steps[i + 1]!) + centre) / 2 : centre + centre - left;
    return [inside(left), inside(right)] as const;
  });
}

function drawCells(drawing: Drawing, strip: HeatStrip, heat: HeatPlot, options: HeatOptions): void {
  const document = drawing.node()!.ownerDocument;
  strip.rows.forEach((row, r) => {
    const group = drawing
      .append<SVGGElement>('svg:g')
      .attr('class', options.picked === undefined || options.picked === row ? 'row' : 'row dimmed')
      .attr('data-row', dataName(row))
      .attr('transform', `translate(0,${heat.plot.top + r * heat.rowHeight})`)
      .node()!;
    strip.columns.forEach((column, c) => {
      const [left, right] = heat.columns[c]!;
      if (right <= left) return;
      const value = column.values[r] ?? null;
      // Thousands of cells are drawn several times a second: the document is called directly.
      const cell = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      // Whole pixels, else the background shines through between the columns.
      cell.setAttribute('x', String(Math.round(left)));
      cell.setAttribute('width', String(Math.max(1, Math.round(right) - Math.round(left))));
      // Many thin rows lie close, few are set apart.
      cell.setAttribute('height', String(heat.rowHeight > 10 ? heat.rowHeight - 1 : heat.rowHeight));
      if (value === null) cell.setAttribute('class', 'missing');
      else cell.setAttribute('fill', heatColour(value, strip.range));
      if (options.values) {
        cell.setAttribute('data-step', String(column.step));
        cell.setAttribute('data-value', value === null ? '' : String(value));
      }
      group.appendChild(cell);
    });
  });
}

function drawRowNames(
  drawing: Drawing,
  rows: readonly string[],
  plot: Box,
  rowHeight: number,
  picked: string | undefined,
): void {
  const every = Math.ceil(11 / rowHeight);
  rows.forEach((row, r) => {
    // The last row is the final embedding: it keeps its name, its neighbour gives way.
    const fromEnd = rows.length - 1 - r;
    if (fromEnd % every !== 0 && row !== picked) return;
    drawing
      .append('svg:text')
      .attr('class', row === picked ? 'row-name picked' : 'row-name')
      .attr('x', plot.right + 8)
      .attr('y', plot.top + (r + 0.5) * rowHeight)
      .attr('dy', '.32em')
      .text(displayName(row, 16));
  });
}

function drawLegend(drawing: Drawing, { range, scaleLabel }: HeatStrip, plot: Box): void {
  const width = Math.min(160, (plot.right - plot.left) / 2);
  drawHeatLegend(drawing, { left: plot.left, top: 8, width, ends: range, label: scaleLabel });
}
