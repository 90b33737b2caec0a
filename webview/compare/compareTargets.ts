/** What a cursor needs to know of the heat map and of the drift line: where cells are and what they say. */
import * as l10n from '@vscode/l10n';
import type { Cell, CursorLine, CursorTarget } from '../shared/chartCursor';
import { displayName } from '../shared/charts/displayName';
import { formatValue } from '../shared/charts/format';
import { cursorGroup, markCell, markColumn } from '../shared/cursorMarks';
import { cellAt, cellBox, type HeatMap, type HeatMapPlot } from './heatMap';
import type { LayerLine, LayerLinePlot } from './layerLine';

/** `pick` gets the cell that was clicked, or on which Enter was pressed. */
export function heatMapTarget(
  svg: SVGSVGElement,
  map: HeatMap,
  plot: HeatMapPlot,
  pick: (cell: Cell) => void,
): CursorTarget {
  return {
    columns: map.columns.length,
    rows: map.rows.length,
    firstRow: 0,
    locate: (x, y) => cellAt(plot, x, y),
    describe({ row, column }) {
      const lines: CursorLine[] = [
        { name: displayName(map.measure, 24), value: formatValue(map.matrix[row]?.[column]), strong: true },
      ];
      const best = map.best[row];
      if (best === column) lines.push({ name: l10n.t('best match of the row'), value: '', strong: false });
      else if (best !== undefined) {
        const value = formatValue(map.matrix[row]?.[best]);
        lines.push({
          name: l10n.t('best of the row, {0}', displayName(map.columns[best]!, 24)),
          value,
          strong: false,
        });
      }
      const names = [map.rows[row]!, map.columns[column]!].map((name) => displayName(name, 24));
      return { title: `A ${names[0]} × B ${names[1]}`, lines };
    },
    mark(cell) {
      const group = cursorGroup(svg, cell);
      if (!cell || !group) return { x: 0, y: 0 };
      const box = cellBox(plot, cell.row, cell.column);
      markCell(group, box);
      return { x: box.right, y: box.top, left: box.left };
    },
    pick,
  };
}

export function layerLineTarget(
  svg: SVGSVGElement,
  chart: LayerLine,
  { plot, x, y }: LayerLinePlot,
  pick: (layer: number) => void,
): CursorTarget {
  const last = chart.layers.length - 1;
  return {
    columns: chart.layers.length,
    rows: 1,
    firstRow: 0,
    locate(px) {
      if (last < 0 || px < plot.left || px > plot.right) return undefined;
      return { row: 0, column: Math.min(last, Math.max(0, Math.round(x.invert(px)))) };
    },
    describe: ({ column }) => ({
      title: displayName(chart.layers[column]!, 24),
      lines: [{ name: chart.yLabel, value: formatValue(chart.values[column]), strong: true }],
    }),
    mark(cell) {
      const group = cursorGroup(svg, cell);
      if (!cell || !group) return { x: 0, y: 0 };
      const at = x(cell.column);
      markColumn(group, at, plot);
      const value = chart.values[cell.column] ?? null;
      return { x: at, y: value === null ? plot.top + 30 : y(value) };
    },
    pick: ({ column }) => pick(column),
  };
}
