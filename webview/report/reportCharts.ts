/** The charts of a report, drawn by the panel's own functions. Their size is bounded: the file stays under a megabyte. */

import type { DriftSamples } from '../../src/protocol/drift';
import { evenly } from '../../src/protocol/evenly';
import { drawBarChart } from '../shared/charts/barChart';
import { displayName } from '../shared/charts/displayName';
import { drawHeatStrip } from '../shared/charts/heatStrip';
import { drawLineChart, type LineChart, labelRoom } from '../shared/charts/lineChart';
import { type DataTable, lineTable, tableElement } from '../shared/dataTable';
import { html, picture } from '../shared/html';
import { lossCharts } from '../shared/lossCharts';
import { layersOf, layerTable, type NamedResult } from '../shared/resultTables';
import type { RunRecord } from '../shared/runRecord';
import { measureName, similarityLines, similarityStrip } from '../shared/similarityCharts';

const width = 880;
const gap = 20;
/** Cells of all heat strips and points of all lines together: about 130 and 15 bytes each. */
const cellBudget = 2400;

export interface ReportRecord {
  readonly name: string;
  readonly record: RunRecord;
}

/** Lines, heat strip and losses of one run. `steps` and `range` are shared by all runs, so that they compare by eye. */
export function runFigures(
  document: Document,
  { name, record }: ReportRecord,
  runs: number,
  samples: DriftSamples,
  steps: readonly [number, number],
  range: readonly [number, number],
): HTMLElement[] {
  const shown = displayName(name, 80);
  if (record.probes.length === 0) {
    return [
      html(document, 'h3', {}, shown),
      html(document, 'p', { class: 'muted' }, 'The drift of this run was not measured.'),
    ];
  }
  const columns = Math.max(8, Math.floor(cellBudget / runs / Math.max(1, record.layers.length)));
  const thinned = { ...record, probes: evenly(record.probes, columns) };
  const lines = similarityLines(thinned, samples, steps, range);
  const lineSvg = picture(document);
  const strip = picture(document);
  const labelWidth = labelRoom(record.layers, width);
  drawLineChart(lineSvg, lines, { width, height: 320 }, { labelWidth });
  drawHeatStrip(strip, similarityStrip(thinned, samples, steps, range), width, { labelWidth });
  return [
    html(document, 'h3', {}, shown),
    html(
      document,
      'figure',
      {},
      html(document, 'figcaption', {}, `${measureName(record, samples)}. ${lines.summary}`),
      lineSvg,
      strip,
    ),
    html(
      document,
      'details',
      {},
      html(document, 'summary', {}, 'Data table'),
      scrolling(document, lineTable(lines)),
    ),
    html(document, 'figure', { class: 'losses' }, ...lossPictures(document, lossCharts(record, steps))),
  ];
}

/** Similarity of each layer at the end, the runs side by side. */
export function layerComparison(document: Document, runs: readonly NamedResult[]): HTMLElement {
  const names = layersOf(runs);
  const series = runs.map(({ name, result }) => ({
    name,
    values: names.map((layer) => result.similarity.layers.find((one) => one.name === layer)?.value ?? null),
  }));
  const values = series.flatMap((one) => one.values.flatMap((value) => (value === null ? [] : [value])));
  const svg = picture(document);
  const chart = {
    title: 'Similarity of each layer to the pretrained model',
    summary: series
      .map((one) => `${displayName(one.name)}: mean over ${names.length} layers in the table`)
      .join('; '),
    valueLabel: 'debiased linear CKA',
    range: [Math.min(0, ...values), 1] as const,
    rows: names,
    series,
  };
  drawBarChart(svg, chart, 520);
  return html(document, 'figure', { class: 'beside' }, svg, scrolling(document, layerTable(runs)));
}

/** A table that scrolls by itself where the page is too narrow for it, by the keyboard too. Numbers are never broken into lines. */
export function scrolling(
  document: Document,
  table: DataTable,
  cells: 'numbers' | 'words' | 'settings' = 'numbers',
): HTMLElement {
  const attributes = { class: `scroll ${cells}`, tabindex: 0, role: 'region', 'aria-label': table.caption };
  return html(document, 'div', attributes, tableElement(document, table));
}

/** The charts of the loss in one row. */
function lossPictures(document: Document, charts: readonly LineChart[]): SVGSVGElement[] {
  const each = Math.floor((width - gap * (charts.length - 1)) / Math.max(2, charts.length));
  return charts.map((chart) => {
    const svg = picture(document);
    drawLineChart(svg, chart, { width: each, height: 190 });
    return svg;
  });
}
