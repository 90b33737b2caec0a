/** The values of a tensor in bins: how many lie where between its extremes. */
import * as l10n from '@vscode/l10n';
import { max, scaleLinear, select } from 'd3';
import type { TensorStatistics } from '../../src/protocol/checkpointPreview';
import type { CursorTarget } from '../shared/chartCursor';
import { drawNumberAxis } from '../shared/charts/axes';
import { formatCount } from '../shared/charts/format';
import { startChart, tenth } from '../shared/charts/svg';
import type { DataTable } from '../shared/dataTable';
import { formatNumber } from './formatNumber';

export type Finite = NonNullable<TensorStatistics['finite']>;

const height = 150;

/** Draws the bars and returns what the cursor over them needs to know. */
export function drawHistogram(svg: SVGSVGElement, finite: Finite, width: number): CursorTarget {
  const { histogram, minimum, maximum } = finite;
  const most = max(histogram) ?? 0;
  const drawing = startChart(svg, { width, height }, l10n.t('Histogram of the values'), summaryOf(finite));
  const plot = { left: 8, top: 8, right: width - 8, bottom: height - 34 };
  // A tensor of one value has no width: it gets one.
  const room = maximum > minimum ? 0 : Math.abs(minimum) || 1;
  const x = scaleLinear([minimum - room / 2, maximum + room / 2], [plot.left, plot.right]);
  const y = scaleLinear([0, most], [plot.bottom, plot.top]);
  const binWidth = (plot.right - plot.left) / histogram.length;
  histogram.forEach((count, i) => {
    if (count === 0) return;
    // Bins with a single value among millions are still to be seen.
    const top = Math.min(y(count), plot.bottom - 1);
    drawing
      .append('svg:rect')
      .attr('class', 'histogram-bar series-0')
      .attr('x', tenth(room > 0 ? x(minimum) - 2 : plot.left + i * binWidth))
      .attr('y', tenth(top))
      .attr('width', tenth(room > 0 ? 4 : Math.max(1, binWidth - 1)))
      .attr('height', tenth(plot.bottom - top));
  });
  drawNumberAxis(drawing, x, plot, 'x', l10n.t('value'));
  return {
    columns: histogram.length,
    rows: 1,
    firstRow: 0,
    locate(px, py) {
      if (py > plot.bottom + 8 || px < plot.left || px > plot.right) return undefined;
      return { row: 0, column: Math.min(histogram.length - 1, Math.floor((px - plot.left) / binWidth)) };
    },
    describe: ({ column }) => ({
      title: binText(finite, column),
      lines: [{ name: l10n.t('values'), value: formatCount(histogram[column]!), strong: true }],
    }),
    mark(cell) {
      const chart = select(svg);
      chart.selectAll('.cursor-group').remove();
      if (!cell) return { x: 0, y: 0 };
      const left = plot.left + cell.column * binWidth;
      chart
        .append('svg:g')
        .attr('class', 'cursor-group')
        .append('svg:rect')
        .attr('class', 'cell-cursor')
        .attr('x', tenth(left))
        .attr('y', plot.top)
        .attr('width', tenth(binWidth))
        .attr('height', plot.bottom - plot.top);
      return { x: left + binWidth, y: plot.top, left };
    },
    pick: () => undefined,
  };
}

export function histogramTable(finite: Finite): DataTable {
  return {
    caption: l10n.t('Values by range'),
    columns: [l10n.t('from'), l10n.t('values')],
    rows: finite.histogram.map((count, i) => [formatNumber(edge(finite, i)), formatCount(count)]),
    values: finite.histogram.map((count) => [count]),
  };
}

function summaryOf(finite: Finite): string {
  const { histogram, minimum, maximum } = finite;
  const largest = histogram.indexOf(max(histogram) ?? 0);
  return l10n.t(
    'From {0} to {1}, most values {2}.',
    formatNumber(minimum),
    formatNumber(maximum),
    binText(finite, largest),
  );
}

function binText(finite: Finite, bin: number): string {
  return l10n.t('{0} to {1}', formatNumber(edge(finite, bin)), formatNumber(edge(finite, bin + 1)));
}

function edge({ minimum, maximum, histogram }: Finite, bin: number): number {
  return minimum + ((maximum - minimum) * bin) / histogram.length;
}
