/** What one measure found: the heat map of all pairs of layers, the line of layers that belong together, and what is missing. */
import * as l10n from '@vscode/l10n';
import type { CompareResult, MeasureDescription, MeasureResult } from '../../src/protocol/compare';
import { ChartFigure } from '../shared/chartFigure';
import { displayName } from '../shared/charts/displayName';
import { formatCount, formatValue } from '../shared/charts/format';
import type { DataTable } from '../shared/dataTable';
import { html } from '../shared/html';
import { samplesName } from '../shared/samplesName';
import { heatMapTarget, layerLineTarget } from './compareTargets';
import { addCells, drawHeatMap, type HeatMap, type HeatMapPlot, paintCells } from './heatMap';
import { drawLayerLine, type LayerLine } from './layerLine';
import { bestMatches, counterparts, diagonal, scaleOf } from './matches';

/** Reasons that are listed; more of them say nothing new. */
const mostReasons = 5;

export interface LayerPair {
  readonly a: string;
  readonly b: string;
}

export class MeasureFigure {
  readonly element: HTMLElement;
  private readonly heading: HTMLElement;
  private readonly heat: ChartFigure;
  private readonly line: ChartFigure;
  private readonly canvas: HTMLCanvasElement;
  private readonly remarks: HTMLElement;
  /** Measure, samples and how many. */
  title = '';
  private drawn: { readonly map: HeatMap; readonly plot: HeatMapPlot } | undefined;

  /** `pick`: a pair of layers was clicked, or Enter pressed on it. */
  constructor(
    private readonly document: Document,
    readonly id: string,
    private readonly pick: (pair: LayerPair) => void,
  ) {
    this.heading = html(document, 'h2');
    this.heat = new ChartFigure(document, `heat-${id}`);
    this.line = new ChartFigure(document, `line-${id}`);
    this.canvas = html(document, 'canvas', { 'aria-hidden': 'true' });
    this.heat.svg.before(this.canvas);
    this.remarks = html(document, 'ul', { class: 'messages' });
    this.element = html(
      document,
      'section',
      { class: 'measure', 'data-measure': id },
      this.heading,
      this.heat.element,
      this.line.element,
      this.remarks,
    );
  }

  show(
    result: CompareResult,
    found: MeasureResult,
    about: MeasureDescription | undefined,
    coarse: boolean,
  ): void {
    const name = about?.name ?? this.id;
    const rows = found.layersA ?? result.layersA;
    const columns = found.layersB ?? result.layersB;
    const partners = counterparts(rows, columns);
    const scale = scaleOf(found.matrix, found.larger, about?.range ?? [null, null]);
    const how = howMeasured(result, found, coarse);
    const best = bestMatches(found.matrix, found.larger);
    this.heading.textContent = name;
    this.title = `${name}, ${how}`;
    this.element.dataset.coarse = String(coarse);
    this.element.dataset.n = String(found.n ?? result.n);
    const map: HeatMap = {
      title: l10n.t('{0} of every layer of A with every layer of B. {1}', name, how),
      summary: heatSummary(found, rows, columns, best),
      matrix: found.matrix,
      rows,
      columns,
      scale,
      partners,
      best,
      measure: name,
    };
    this.drawHeat(map, how, this.heat.width);
    const line: LayerLine = {
      title: l10n.t('{0} of each layer of A with the same layer of B. {1}', name, how),
      summary: lineSummary(rows, diagonal(found.matrix, partners)),
      yLabel: name,
      layers: rows,
      values: diagonal(found.matrix, partners),
      range: [scale.low, scale.high],
    };
    this.drawLine(line, columns, partners);
    this.showRemarks(found);
  }

  /** The pictures to be saved, whole for as long as `use` runs. */
  withPictures<Result>(use: (pictures: readonly SVGSVGElement[]) => Result): Result {
    const undo = this.drawn && addCells(this.heat.svg, this.drawn.map, this.drawn.plot);
    try {
      const line = this.line.element.hidden ? [] : [this.line.svg];
      return use([this.heat.svg, ...line]);
    } finally {
      undo?.();
    }
  }

  private drawHeat(map: HeatMap, how: string, width: number): void {
    const plot = drawHeatMap(this.heat.svg, map, width);
    const missing = getComputedStyle(this.document.body).getPropertyValue('--chart-muted').trim();
    paintCells(this.canvas, map, plot, missing || '#888888');
    this.drawn = { map, plot };
    this.heat.show(
      how,
      heatMapTarget(this.heat.svg, map, plot, ({ row, column }) =>
        this.pick({ a: map.rows[row]!, b: map.columns[column]! }),
      ),
      () => heatTable(map),
    );
  }

  private drawLine(
    line: LayerLine,
    columns: readonly string[],
    partners: readonly (number | undefined)[],
  ): void {
    // One point is no line; it is in the heat map.
    this.line.element.hidden = line.values.filter((value) => value !== null).length < 2;
    if (this.line.element.hidden) return;
    const plot = drawLayerLine(this.line.svg, line, this.line.width);
    const pick = (layer: number) => {
      const partner = partners[layer];
      if (partner !== undefined) this.pick({ a: line.layers[layer]!, b: columns[partner]! });
    };
    this.line.show(
      l10n.t('The same layer in A and B'),
      layerLineTarget(this.line.svg, line, plot, pick),
      () => lineTable(line),
    );
  }

  private showRemarks({ why = [], notes = [] }: MeasureResult): void {
    const pairs = new Map<string, string[]>();
    for (const { a, b, why: reason } of why)
      pairs.set(reason, [...(pairs.get(reason) ?? []), `${displayName(a, 24)} × ${displayName(b, 24)}`]);
    const reasons = [...pairs].slice(0, mostReasons).map(([reason, which]) => {
      const [first, why] = [which.slice(0, 3).join(', '), displayName(reason, 300)];
      return which.length > 3
        ? l10n.t('{0} and {1} more: {2}', first, which.length - 3, why)
        : `${first}: ${why}`;
    });
    this.remarks.replaceChildren(
      ...[...notes.map((note) => displayName(note, 300)), ...reasons].map((text) =>
        html(this.document, 'li', { class: 'note' }, text),
      ),
    );
  }
}

/** What the numbers are of: samples and how many. */
function howMeasured(result: CompareResult, found: MeasureResult, coarse: boolean): string {
  const what = sampleCount(result, formatCount(found.n ?? result.n));
  return coarse ? l10n.t('{0} (a first look, all of them are to follow)', what) : what;
}

function sampleCount({ data, split, samples }: CompareResult, n: string): string {
  const name = samplesName(samples);
  if (data === null) return l10n.t('n = {0} rows, {1}', n, name);
  const whole = !split || split === 'all';
  if (samples === 'tokens')
    return whole ? l10n.t('n = {0} tokens, {1}', n, name) : l10n.t('n = {0} {1} tokens, {2}', n, split, name);
  return whole ? l10n.t('n = {0} images, {1}', n, name) : l10n.t('n = {0} {1} images, {2}', n, split, name);
}

function heatSummary(
  { matrix, larger }: MeasureResult,
  rows: readonly string[],
  columns: readonly string[],
  best: readonly (number | undefined)[],
): string {
  const values = matrix.flat().filter((value) => value !== null);
  if (values.length === 0) return l10n.t('The measure is undefined for every pair of layers.');
  const named = best.flatMap((column, row) =>
    column === undefined
      ? []
      : [l10n.t('{0} with {1}', displayName(rows[row]!, 24), displayName(columns[column]!, 24))],
  );
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const range = [formatValue(least), formatValue(most)];
  const spans =
    larger === 'more similar'
      ? l10n.t('Values from {0} to {1}, larger is more similar.', ...range)
      : l10n.t('Values from {0} to {1}, larger is less similar.', ...range);
  const first = named.slice(0, 6).join(', ');
  const matches =
    named.length > 6
      ? l10n.t('Best matches: {0}, and more in the data table.', first)
      : l10n.t('Best matches: {0}.', first);
  return `${spans} ${matches}`;
}

function lineSummary(layers: readonly string[], values: readonly (number | null)[]): string {
  const known = values.flatMap((value, i) =>
    value === null ? [] : [`${displayName(layers[i]!, 24)} ${formatValue(value)}`],
  );
  if (known.length === 0) return l10n.t('No layer has a counterpart.');
  return known.length <= 8 ? `${known.join(', ')}.` : l10n.t('From {0} to {1}.', known[0]!, known.at(-1)!);
}

function heatTable(map: HeatMap): DataTable {
  const names = map.columns.map((name) => displayName(name));
  return {
    caption: map.title,
    columns: ['A \\ B', ...names, l10n.t('best match')],
    rows: map.rows.map((name, row) => {
      const best = map.best[row];
      return [
        displayName(name),
        ...map.columns.map((_, column) => formatValue(map.matrix[row]?.[column])),
        best === undefined ? '–' : names[best]!,
      ];
    }),
    values: map.matrix,
  };
}

function lineTable(line: LayerLine): DataTable {
  return {
    caption: line.title,
    columns: [l10n.t('layer'), line.yLabel],
    rows: line.layers.map((name, i) => [displayName(name), formatValue(line.values[i])]),
    values: line.values.map((value) => [value]),
  };
}
