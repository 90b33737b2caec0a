/** What the measures of sharpness found: figures with errors, what they mean, the spectral density, and the layers. */
import * as l10n from '@vscode/l10n';
import type { LandscapeSnapshot } from '../../src/protocol/landscapePanel';
import { ChartFigure } from '../shared/chartFigure';
import { drawCurveChart } from '../shared/charts/curveChart';
import { displayName } from '../shared/charts/displayName';
import { formatValue } from '../shared/charts/format';
import { tableElement } from '../shared/dataTable';
import { html } from '../shared/html';
import { swatch } from '../shared/swatch';
import { curveTarget } from './landscapeTargets';
import { definitionsOf, densityChart, figuresTable, layersTable, type Measured } from './sharpnessTables';

export class SharpnessView {
  readonly element: HTMLElement;
  private readonly figures: HTMLElement;
  private readonly density: ChartFigure;
  private readonly legend: HTMLElement;
  private readonly spectrum: HTMLElement;
  private readonly layers: HTMLElement;
  private readonly definitions: HTMLElement;
  private readonly empty: HTMLElement;
  private shown = '';

  constructor(private readonly document: Document) {
    this.figures = html(document, 'div', { id: 'sharpness-figures', class: 'table', tabindex: 0 });
    this.density = new ChartFigure(document, 'density-chart');
    this.legend = html(document, 'ul', { class: 'legend' });
    this.spectrum = html(document, 'div', {}, this.legend, this.density.element);
    this.layers = html(document, 'div', { id: 'sharpness-layers', class: 'tables' });
    this.definitions = html(document, 'dl', { id: 'definitions' });
    this.empty = html(
      document,
      'p',
      { class: 'muted' },
      l10n.t(
        'Not measured yet. Measure Sharpness computes eigenvalues, trace and spectral density of the Hessian, the worst and the average case.',
      ),
    );
    this.element = html(
      document,
      'div',
      {},
      this.empty,
      this.figures,
      this.spectrum,
      this.layers,
      this.definitions,
    );
  }

  /** The picture of the density, where one is shown. */
  get pictures(): readonly SVGSVGElement[] {
    return this.spectrum.hidden ? [] : [this.density.svg];
  }

  show({ names, sharpness }: LandscapeSnapshot): void {
    const measured = sharpness.results.flatMap((result, model): Measured[] =>
      result ? [{ name: names[model] ?? l10n.t('model {0}', model + 1), model, result }] : [],
    );
    this.empty.hidden = measured.length > 0 || sharpness.state === 'computing';
    this.fill(measured);
    const chart = densityChart(measured);
    this.spectrum.hidden = chart === undefined;
    if (!chart) return;
    this.legend.replaceChildren(
      ...chart.curves.map(({ name, style }) =>
        html(this.document, 'li', {}, swatch(this.document, style), displayName(name, 48)),
      ),
    );
    const plot = drawCurveChart(this.density.svg, chart, { width: this.density.width, height: 240 });
    const grid = [...new Set(chart.curves.flatMap(({ points }) => points.map(({ x }) => x)))].sort(
      (a, b) => a - b,
    );
    this.density.show(
      chart.title,
      curveTarget(this.density.svg, chart, plot, grid, l10n.t('curvature'), formatValue),
      () => ({
        caption: chart.title,
        columns: [l10n.t('model'), l10n.t('curvature'), l10n.t('density')],
        rows: chart.curves.flatMap(({ name, points }) =>
          points.map(({ x, y }) => [displayName(name), formatValue(x), formatValue(y)]),
        ),
      }),
    );
  }

  /** Tables are written anew only when the results are others: what is selected in them stays. */
  private fill(measured: readonly Measured[]): void {
    const key = JSON.stringify(measured);
    if (key === this.shown) return;
    this.shown = key;
    const { document } = this;
    this.figures.hidden = measured.length === 0;
    this.figures.replaceChildren(tableElement(document, figuresTable(measured)));
    const tables = measured.flatMap((one) => layersTable(one) ?? []);
    this.layers.replaceChildren(...tables.map((table) => tableElement(document, table)));
    this.definitions.replaceChildren(
      ...definitionsOf(measured).flatMap(([term, meaning]) => [
        html(document, 'dt', {}, term),
        html(document, 'dd', {}, meaning),
      ]),
    );
  }
}
