/** Tables of numbers: the same values as a chart, for those who read rather than look, and for tests. */
import * as l10n from '@vscode/l10n';
import { evenly } from '../../src/protocol/evenly';
import { displayName } from './charts/displayName';
import { formatIn, type LineChart } from './charts/lineChart';
import { html } from './html';

export interface DataTable {
  readonly caption: string;
  readonly columns: readonly string[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly string[])[];
  /** The numbers behind the cells after the heading of a row, in full, for programs that read the page. */
  readonly values?: readonly (readonly (number | null)[])[];
}

/** More rows than this are not read by anybody; the export has them all. */
const maxRows = 200;

export function tableElement(document: Document, table: DataTable): HTMLTableElement {
  const head = html(
    document,
    'tr',
    {},
    ...table.columns.map((name) => html(document, 'th', { scope: 'col' }, name)),
  );
  const rows = table.rows.map((row, r) =>
    html(
      document,
      'tr',
      {},
      ...row.map((cell, i) =>
        i === 0
          ? html(document, 'th', { scope: 'row' }, cell)
          : html(document, 'td', { 'data-value': table.values?.[r]?.[i - 1] ?? undefined }, cell),
      ),
    ),
  );
  return html(
    document,
    'table',
    {},
    html(document, 'caption', {}, table.caption),
    html(document, 'thead', {}, head),
    html(document, 'tbody', {}, ...rows),
  );
}

/** One row a step and one column a series; of long series evenly chosen rows, and the caption says so. */
export function lineTable(chart: LineChart): DataTable {
  const named = chart.series.filter((series) => !series.faint);
  const steps = new Set<number>();
  for (const series of named) for (const point of series.points) steps.add(point.x);
  const ordered = [...steps].sort((a, b) => a - b);
  const chosen = evenly(ordered, maxRows);
  const values = named.map((series) => new Map(series.points.map((point) => [point.x, point.y])));
  return {
    caption:
      chosen.length < ordered.length
        ? l10n.t('{0} ({1} of {2} steps)', chart.title, chosen.length, ordered.length)
        : chart.title,
    columns: [l10n.t('step'), ...named.map((series) => displayName(series.name))],
    rows: chosen.map((step) => [
      String(step),
      ...values.map((column) => formatIn(chart.unit, column.get(step))),
    ]),
  };
}
