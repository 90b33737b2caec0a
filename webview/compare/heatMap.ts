/**
 * The layer x layer heat map: rows are layers of A, columns layers of B, both from the first layer at the top left. Cells
 * are painted on a canvas, sharp at any pixel ratio; names, marks and legend are a picture above it. Brighter is more
 * alike, whichever way the measure counts.
 */
import * as l10n from '@vscode/l10n';
import { dataName, displayName } from '../shared/charts/displayName';
import { drawHeatLegend } from '../shared/charts/heatLegend';
import { heatColour } from '../shared/charts/palette';
import { type Box, type Drawing, startChart, tenth, textWidth } from '../shared/charts/svg';
import { likeness, type Matrix, type Scale } from './matches';

export interface HeatMap {
  readonly title: string;
  readonly summary: string;
  readonly matrix: Matrix;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly scale: Scale;
  /** Column of the counterpart of each row. */
  readonly partners: readonly (number | undefined)[];
  /** Column of the best match of each row. */
  readonly best: readonly (number | undefined)[];
  readonly measure: string;
}

export interface HeatMapPlot {
  readonly box: Box;
  readonly cellWidth: number;
  readonly cellHeight: number;
}

const legendHeight = 62;
const nameLength = 14;
const largestCell = 46;
const smallestHeight = 9;
/** A cell of this width has room for a number with two decimals. */
const cellWithText = 32;

/** Draws names, marks and legend into `svg` and tells where the cells are. `document` is that of `svg`. */
export function drawHeatMap(svg: SVGSVGElement, map: HeatMap, width: number): HeatMapPlot {
  const plot = layout(map, width);
  const { box } = plot;
  const drawing = startChart(svg, { width, height: box.bottom + legendHeight }, map.title, map.summary);
  drawNames(drawing, map, plot);
  drawMarks(drawing, map, plot);
  drawLegend(drawing, map, plot);
  return plot;
}

/** Paints the cells at the place of the plot; the canvas covers the whole picture. */
export function paintCells(
  canvas: HTMLCanvasElement,
  map: HeatMap,
  plot: HeatMapPlot,
  missing: string,
): void {
  const ratio = globalThis.devicePixelRatio || 1;
  const { right, bottom } = plot.box;
  canvas.width = Math.ceil(right * ratio);
  canvas.height = Math.ceil(bottom * ratio);
  canvas.style.setProperty('width', `${canvas.width / ratio}px`);
  canvas.style.setProperty('height', `${canvas.height / ratio}px`);
  const context = canvas.getContext('2d');
  if (!context) return;
  eachCell(map, plot, (value, { left, top, right: end, bottom: foot }) => {
    // Whole device pixels, else the background shines through between the cells.
    const [x, y] = [Math.round(left * ratio), Math.round(top * ratio)];
    const [w, h] = [Math.round(end * ratio) - x, Math.round(foot * ratio) - y];
    if (value !== null) {
      context.fillStyle = heatColour(likeness(value, map.scale), [0, 1]);
      context.fillRect(x, y, w, h);
      return;
    }
    context.strokeStyle = missing;
    context.lineWidth = ratio;
    context.strokeRect(x + ratio / 2, y + ratio / 2, w - ratio, h - ratio);
    context.beginPath();
    context.moveTo(x, y + h);
    context.lineTo(x + w, y);
    context.stroke();
  });
}

/** The cells as shapes of the picture, for files that are one picture. Returns what takes them out again. */
export function addCells(svg: SVGSVGElement, map: HeatMap, plot: HeatMapPlot): () => void {
  const group = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'g');
  eachCell(map, plot, (value, { left, top, right, bottom }) => {
    const cell = svg.ownerDocument.createElementNS('http://www.w3.org/2000/svg', 'rect');
    cell.setAttribute('x', String(tenth(left)));
    cell.setAttribute('y', String(tenth(top)));
    cell.setAttribute('width', String(tenth(right - left)));
    cell.setAttribute('height', String(tenth(bottom - top)));
    if (value === null) cell.setAttribute('class', 'missing');
    else cell.setAttribute('fill', heatColour(likeness(value, map.scale), [0, 1]));
    group.append(cell);
  });
  svg.prepend(group);
  return () => group.remove();
}

/** The cell at a point of the picture. */
export function cellAt(
  { box, cellWidth, cellHeight }: HeatMapPlot,
  x: number,
  y: number,
): { row: number; column: number } | undefined {
  if (x < box.left || x >= box.right || y < box.top || y >= box.bottom) return undefined;
  return { row: Math.floor((y - box.top) / cellHeight), column: Math.floor((x - box.left) / cellWidth) };
}

export function cellBox({ box, cellWidth, cellHeight }: HeatMapPlot, row: number, column: number): Box {
  const left = box.left + column * cellWidth;
  const top = box.top + row * cellHeight;
  return { left, top, right: left + cellWidth, bottom: top + cellHeight };
}

function layout({ rows, columns }: HeatMap, width: number): HeatMapPlot {
  const widest = (names: readonly string[]) =>
    Math.max(20, ...names.map((name) => textWidth(displayName(name, nameLength))));
  const left = Math.min(width / 3, widest(rows) + 10 + 16);
  const top = Math.min(130, widest(columns) * 0.82 + 14 + 16);
  const cellWidth = Math.min(largestCell, (width - left - 14) / Math.max(1, columns.length));
  const cellHeight = Math.max(smallestHeight, Math.min(cellWidth, 30));
  const box = { left, top, right: left + cellWidth * columns.length, bottom: top + cellHeight * rows.length };
  return { box, cellWidth, cellHeight };
}

function eachCell(
  { matrix, rows, columns }: HeatMap,
  plot: HeatMapPlot,
  visit: (value: number | null, box: Box) => void,
): void {
  for (let row = 0; row < rows.length; row++) {
    for (let column = 0; column < columns.length; column++) {
      visit(matrix[row]?.[column] ?? null, cellBox(plot, row, column));
    }
  }
}

function drawNames(drawing: Drawing, { rows, columns }: HeatMap, plot: HeatMapPlot): void {
  const { box, cellWidth, cellHeight } = plot;
  const everyRow = Math.ceil(11 / cellHeight);
  rows.forEach((name, row) => {
    // The last layer keeps its name, its neighbours give way.
    if ((rows.length - 1 - row) % everyRow !== 0) return;
    drawing
      .append('svg:text')
      .attr('class', 'row-name')
      .attr('x', tenth(box.left - 6))
      .attr('y', tenth(box.top + (row + 0.5) * cellHeight))
      .attr('dy', '.32em')
      .attr('text-anchor', 'end')
      .text(displayName(name, nameLength));
  });
  const everyColumn = Math.ceil(12 / cellWidth);
  columns.forEach((name, column) => {
    if ((columns.length - 1 - column) % everyColumn !== 0) return;
    const [x, y] = [tenth(box.left + (column + 0.5) * cellWidth + 3), tenth(box.top - 6)];
    drawing
      .append('svg:text')
      .attr('class', 'column-name')
      .attr('x', x)
      .attr('y', y)
      .attr('transform', `rotate(-55 ${x} ${y})`)
      .text(displayName(name, nameLength));
  });
  const middle = tenth((box.top + box.bottom) / 2);
  drawing
    .append('svg:text')
    .attr('class', 'axis-label')
    .attr('x', 10)
    .attr('y', middle)
    .attr('text-anchor', 'middle')
    .attr('transform', `rotate(-90 10 ${middle})`)
    .text(l10n.t('layers of A'));
  drawing
    .append('svg:text')
    .attr('class', 'axis-label')
    .attr('x', tenth(box.left))
    .attr('y', 10)
    .text(l10n.t('layers of B'));
}

function drawMarks(drawing: Drawing, map: HeatMap, plot: HeatMapPlot): void {
  const texts = plot.cellWidth >= cellWithText && plot.cellHeight >= 16;
  const marks = drawing.append('svg:g').attr('class', 'marks');
  map.matrix.forEach((values, row) => {
    values.forEach((value, column) => {
      if (value === null) return;
      const cell = cellBox(plot, row, column);
      // Viridis is light in its upper half.
      const ink = likeness(value, map.scale) > 0.55 ? 'on-light' : 'on-dark';
      if (texts) {
        marks
          .append('svg:text')
          .attr('class', `cell-value ${ink}`)
          .attr('x', tenth((cell.left + cell.right) / 2))
          .attr('y', tenth((cell.top + cell.bottom) / 2))
          .attr('dy', '.34em')
          .attr('text-anchor', 'middle')
          .text(shortValue(value, map.scale));
      }
      const isBest = map.best[row] === column;
      const isPartner = map.partners[row] === column;
      if (isBest) drawBest(marks, plot, map, row, column, ink);
      if (isPartner) {
        marks
          .append('svg:circle')
          .attr('class', `partner ${ink}`)
          .attr('cx', tenth(cell.left + (texts ? 5.5 : plot.cellWidth / 2)))
          .attr('cy', tenth(cell.top + (texts ? 5.5 : plot.cellHeight / 2)))
          .attr('r', Math.min(2.2, plot.cellHeight / 5));
      }
    });
  });
}

function drawBest(
  marks: ReturnType<Drawing['append']>,
  plot: HeatMapPlot,
  map: HeatMap,
  row: number,
  column: number,
  ink: string,
): void {
  const { left, top } = cellBox(plot, row, column);
  marks
    .append('svg:rect')
    .attr('class', `best ${ink}`)
    .attr('data-row', dataName(map.rows[row]!))
    .attr('data-column', dataName(map.columns[column]!))
    .attr('x', tenth(left + 1.25))
    .attr('y', tenth(top + 1.25))
    .attr('width', tenth(plot.cellWidth - 2.5))
    .attr('height', tenth(plot.cellHeight - 2.5));
}

/** The colours with the values at their ends, and what the marks mean. */
function drawLegend(drawing: Drawing, { scale }: HeatMap, { box }: HeatMapPlot): void {
  const group = drawHeatLegend(drawing, {
    ...{ left: 26, top: box.bottom + 12, width: 120, label: l10n.t('more alike') },
    ends: scale.larger === 'more similar' ? [scale.low, scale.high] : [scale.high, scale.low],
  });
  const key = group.append('svg:g').attr('transform', 'translate(0,31)');
  key.append('svg:rect').attr('class', 'key-best').attr('width', 8).attr('height', 8);
  const best = l10n.t('best of row');
  const next = tenth(15 + textWidth(best));
  key.append('svg:text').attr('class', 'axis-label').attr('x', 13).attr('y', 8).text(best);
  key.append('svg:circle').attr('class', 'key-partner').attr('cx', next).attr('cy', 4).attr('r', 2.2);
  key
    .append('svg:text')
    .attr('class', 'axis-label')
    .attr('x', next + 6)
    .attr('y', 8)
    .text(l10n.t('same layer'));
}

/** Two decimals, more where the whole scale is short, an exponent for what is too long for a cell. */
function shortValue(value: number, { low, high }: Scale): string {
  const size = Math.abs(value);
  const span = high - low;
  if (size >= 1e4 || (size < 0.005 && span < 0.005)) return value.toExponential(0).replaceAll('-', '−');
  return value.toFixed(size >= 1000 ? 0 : size >= 10 ? 1 : span < 0.05 ? 3 : 2).replace('-', '−');
}
