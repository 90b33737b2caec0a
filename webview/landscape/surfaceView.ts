/** The landscape itself: curves of all models on one picture, or a contour for each, with what has to be known to read them. */
import * as l10n from '@vscode/l10n';
import type { LandscapeSnapshot } from '../../src/protocol/landscapePanel';
import { ChartFigure } from '../shared/chartFigure';
import { type ContourChart, drawContourChart } from '../shared/charts/contourChart';
import { drawCurveChart } from '../shared/charts/curveChart';
import { displayName } from '../shared/charts/displayName';
import { formatValue } from '../shared/charts/format';
import type { DataTable } from '../shared/dataTable';
import { html } from '../shared/html';
import { swatch } from '../shared/swatch';
import { curveTarget, planeTarget } from './landscapeTargets';
import { planeCharts, planeRemarks } from './planeContours';
import { type Quantity, writeQuantity } from './quantities';
import { sliceChart } from './sliceCurves';

const sliceHeight = 340;

export class SurfaceView {
  readonly element: HTMLElement;
  private readonly slice: ChartFigure;
  private readonly legend: HTMLElement;
  private readonly line: HTMLElement;
  private readonly planes: HTMLElement;
  private readonly remarks: HTMLElement;
  private contours: ChartFigure[] = [];

  constructor(private readonly document: Document) {
    this.slice = new ChartFigure(document, 'slice-chart');
    this.legend = html(document, 'ul', { class: 'legend', id: 'slice-legend' });
    this.line = html(document, 'div', {}, this.legend, this.slice.element);
    this.planes = html(document, 'div', { class: 'planes' });
    this.remarks = html(document, 'ul', { id: 'remarks', class: 'messages' });
    this.element = html(document, 'div', {}, this.line, this.planes, this.remarks);
  }

  /** The pictures that are shown now. */
  get pictures(): readonly SVGSVGElement[] {
    return this.line.hidden ? this.contours.map(({ svg }) => svg) : [this.slice.svg];
  }

  show(snapshot: LandscapeSnapshot, quantity: Quantity | undefined, logarithmic: boolean): void {
    const { result } = snapshot.landscape;
    const drawn = result !== undefined && quantity !== undefined;
    this.line.hidden = !drawn || result.dims !== 1;
    this.planes.hidden = !drawn || result.dims !== 2;
    this.remarks.replaceChildren();
    if (!drawn) return;
    const found =
      result.dims === 1
        ? this.showSlice(snapshot, quantity, logarithmic)
        : this.showPlanes(snapshot, quantity, logarithmic);
    const lines = [...(found ?? [l10n.t('There is no finite value to draw.')]), ...planeRemarks(result)];
    this.remarks.replaceChildren(...lines.map((line) => html(this.document, 'li', {}, line)));
  }

  /** Returns what has to be said, undefined where there is nothing to draw. */
  private showSlice(
    snapshot: LandscapeSnapshot,
    quantity: Quantity,
    logarithmic: boolean,
  ): string[] | undefined {
    const result = snapshot.landscape.result!;
    const { results } = snapshot.sharpness;
    const chart = sliceChart(result, quantity, snapshot.names, results, logarithmic);
    this.line.hidden = chart === undefined;
    if (!chart) return undefined;
    this.legend.replaceChildren(
      ...chart.curves.map(({ name, style }) =>
        html(
          this.document,
          'li',
          {},
          swatch(this.document, style),
          html(
            this.document,
            'span',
            { class: 'name', title: displayName(name, 400) },
            displayName(name, 48),
          ),
        ),
      ),
    );
    const plot = drawCurveChart(this.slice.svg, chart, { width: this.slice.width, height: sliceHeight });
    const write = (value: number | null | undefined) =>
      value === null && chart.missing !== undefined ? l10n.t('not finite') : writeQuantity(quantity, value);
    const known = result.complete
      ? result.x
      : result.x.filter((x) => chart.curves.some(({ points }) => points.some((point) => point.x === x)));
    this.slice.show(
      l10n.t('{0}, n = {1}: {2}', quantity.label, quantity.n, result.xAxis.label),
      curveTarget(this.slice.svg, chart, plot, known, 'x', write),
      () => ({
        caption: chart.title,
        columns: ['x', ...chart.curves.map(({ name }) => displayName(name))],
        rows: known.map((x) => [
          formatValue(x),
          ...chart.curves.map(({ points }) => write(points.find((point) => point.x === x)?.y)),
        ]),
        values: known.map((x) =>
          chart.curves.map(({ points }) => points.find((point) => point.x === x)?.y ?? null),
        ),
      }),
    );
    const says: string[] = [];
    if (chart.curves.some(({ borders }) => borders)) {
      const rho = [...new Set(results.flatMap((one) => (one?.sam ? [one.sam.rho] : [])))].join(' / ');
      says.push(
        l10n.t('Dotted uprights: the ball of SAM, ρ = {0}, as far as it reaches along this line.', rho),
      );
    }
    if (chart.curves.some(({ model }) => model)) {
      says.push(
        l10n.t(
          'Broken parabolas: L + ½ λ₁ d², with d the distance in weight space: how the loss bends along its steepest direction.',
        ),
      );
    }
    const gaps = chart.curves.filter(({ points }) => points.some(({ y }) => y === null));
    if (chart.missing !== undefined && gaps.length > 0) {
      const names = gaps.map(({ name }) => displayName(name, 32)).join(', ');
      says.push(l10n.t('Hatched: {0} ({1}).', displayName(chart.missing, 300), names));
    }
    return says;
  }

  private showPlanes(
    snapshot: LandscapeSnapshot,
    quantity: Quantity,
    logarithmic: boolean,
  ): string[] | undefined {
    const charts = planeCharts(snapshot.landscape.result!, quantity, snapshot.names, logarithmic);
    this.planes.hidden = charts === undefined;
    if (!charts) return undefined;
    while (this.contours.length < charts.length) {
      this.contours.push(new ChartFigure(this.document, `plane-chart-${this.contours.length}`));
    }
    this.contours.length = charts.length;
    if (this.planes.childElementCount !== charts.length) {
      this.planes.replaceChildren(...this.contours.map(({ element }) => element));
    }
    charts.forEach((chart, i) => {
      const figure = this.contours[i];
      const plot = drawContourChart(figure.svg, chart, figure.width);
      const write = (value: number | null | undefined) => writeQuantity(quantity, value);
      figure.show(
        l10n.t('{0}, n = {1}', quantity.label, quantity.n),
        planeTarget(figure.svg, chart, plot, write),
        () => planeTable(chart, write),
      );
    });
    return charts.length > 1 ? [l10n.t('All planes are drawn on the same scale.')] : [];
  }
}

/** The plane as it is drawn: the largest y first. */
function planeTable(chart: ContourChart, write: (value: number | null) => string): DataTable {
  const rows = chart.y.map((_, i) => chart.y.length - 1 - i);
  const gap = chart.missing === undefined ? '…' : l10n.t('not finite');
  return {
    caption: chart.title,
    columns: ['y \\ x', ...chart.x.map(formatValue)],
    rows: rows.map((r) => [
      formatValue(chart.y[r]),
      ...chart.values[r].map((value) => (value === null ? gap : write(value))),
    ]),
    values: rows.map((r) => chart.values[r]),
  };
}
