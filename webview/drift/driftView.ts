/** The drift panel as a page: draws a snapshot of a run, and draws again when the size or what is looked at changes. */
import * as l10n from '@vscode/l10n';
import {
  type DriftPanelState,
  type DriftSamples,
  type DriftSnapshot,
  driftSamples,
} from '../../src/protocol/drift';
import { ChartFigure } from '../shared/chartFigure';
import { drawHeatStrip } from '../shared/charts/heatStrip';
import { drawLineChart, labelRoom } from '../shared/charts/lineChart';
import { heatTarget, lineTarget } from '../shared/chartTargets';
import { choice } from '../shared/controls';
import { lineTable } from '../shared/dataTable';
import { html } from '../shared/html';
import { lossCharts } from '../shared/lossCharts';
import { type RunRecord, readRun } from '../shared/runRecord';
import { samplesName } from '../shared/samplesName';
import {
  measureName,
  similarityLines,
  similarityRange,
  similarityStrip,
  stepRange,
} from '../shared/similarityCharts';
import { keyFigures } from './facts';
import { LayerLegend } from './layerLegend';
import { resultView } from './resultView';
import { factElement, RunHead } from './runHead';

export interface DriftViewActions {
  cancel(): void;
  showLog(): void;
  openFolder(): void;
  resume(): void;
  goToSource(layer: string): void;
  /** What is looked at changed. */
  keep(state: DriftPanelState): void;
}

const lossNames = ['loss-chart', 'loss-chart-2', 'loss-chart-3'];

export class DriftView {
  private snapshot: DriftSnapshot | undefined;
  private record: RunRecord | undefined;
  private arrived = 0;
  private unreadable: string | undefined;
  private frame = 0;
  /** What the similarity charts show now. */
  private drawn = '';
  private readonly head: RunHead;
  private readonly figures: HTMLElement;
  private readonly lines: ChartFigure;
  private readonly strip: ChartFigure;
  private readonly losses: readonly ChartFigure[];
  private readonly legend: LayerLegend;
  private readonly samples: ReturnType<typeof choice<DriftSamples>>;
  private readonly similarity: HTMLElement;
  private readonly measured: HTMLElement;
  private readonly waiting: HTMLElement;
  private readonly trained: HTMLElement;
  private readonly result: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly content: HTMLElement;

  constructor(
    private readonly root: HTMLElement,
    exportMenu: HTMLElement,
    private state: DriftPanelState,
    private readonly actions: DriftViewActions,
  ) {
    const document = root.ownerDocument;
    const pick = (layer: string) => this.look({ layer: this.state.layer === layer ? undefined : layer });
    this.head = new RunHead(document, exportMenu, actions);
    this.figures = html(document, 'dl', { id: 'figures', class: 'figures' });
    this.lines = new ChartFigure(document, 'similarity-chart');
    this.strip = new ChartFigure(document, 'similarity-strip');
    this.losses = lossNames.map((id) => new ChartFigure(document, id));
    this.legend = new LayerLegend(document, pick, actions.goToSource);
    const options = driftSamples.map((value) => ({ value, label: samplesName(value) }));
    this.samples = choice(document, 'samples', l10n.t('Samples'), options, (samples) =>
      this.look({ samples }),
    );
    this.measured = html(document, 'div', {}, this.legend.element, this.lines.element, this.strip.element);
    this.waiting = html(
      document,
      'p',
      { class: 'muted' },
      l10n.t('The first measurement of the drift is still to come.'),
    );
    this.similarity = html(
      document,
      'section',
      { 'aria-label': l10n.t('Similarity') },
      html(
        document,
        'div',
        { class: 'section-head' },
        html(document, 'h2', {}, l10n.t('Similarity to the pretrained model')),
        this.samples.element,
      ),
      this.waiting,
      this.measured,
    );
    this.trained = html(
      document,
      'section',
      { 'aria-label': l10n.t('Loss and accuracy') },
      html(document, 'h2', {}, l10n.t('Loss and accuracy')),
      html(document, 'div', { class: 'multiples' }, ...this.losses.map(({ element }) => element)),
    );
    this.result = html(document, 'div');
    this.empty = html(
      document,
      'div',
      { id: 'empty', class: 'empty' },
      html(document, 'h2', {}, l10n.t('No run yet')),
      html(
        document,
        'p',
        {},
        l10n.t('Start one with “RepSim: Finetune” from the command palette, or open one in the Runs view.'),
      ),
    );
    this.content = html(
      document,
      'div',
      { hidden: true },
      this.head.element,
      this.figures,
      this.similarity,
      this.trained,
      this.result,
    );
    root.replaceChildren(this.empty, this.content);
    root.dataset.state = 'empty';
    new ResizeObserver(() => this.redraw()).observe(root);
  }

  /** The pictures that are shown, from top to bottom. */
  get pictures(): SVGSVGElement[] {
    return [...this.root.querySelectorAll<SVGSVGElement>('figure:not([hidden]) svg.chart')];
  }

  get current():
    | { readonly snapshot: DriftSnapshot; readonly record: RunRecord; readonly samples: DriftSamples }
    | undefined {
    const { snapshot, record } = this;
    return snapshot && record && { snapshot, record, samples: this.state.samples };
  }

  receive(snapshot: DriftSnapshot): void {
    this.snapshot = snapshot;
    this.record = readRun(snapshot.events, snapshot.manifest);
    this.arrived = performance.now();
    this.unreadable = undefined;
    if (snapshot.run !== this.state.run) {
      this.state = { ...this.state, run: snapshot.run };
      this.actions.keep(this.state);
    }
    if (snapshot.focus !== undefined) this.look({ layer: snapshot.focus });
    this.redraw();
  }

  /** An update could not be read: what is shown stays, and says so. */
  missed(reason: string): void {
    this.unreadable = reason;
    this.redraw();
  }

  /** The clock of a run that goes on. */
  tick(): void {
    const { snapshot, record } = this;
    if (snapshot && record && isGoing(snapshot))
      this.head.showProgress(snapshot, record, this.elapsed(snapshot, record));
  }

  private look(change: { readonly samples?: DriftSamples; readonly layer?: string | undefined }): void {
    this.state = { ...this.state, ...change };
    this.actions.keep(this.state);
    this.redraw();
  }

  /** Many changes between two frames are one drawing. */
  private redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private elapsed(snapshot: DriftSnapshot, record: RunRecord): number {
    // Time since the newest event is counted here: the clocks of host and page may differ.
    return record.elapsed + (isGoing(snapshot) ? performance.now() - this.arrived : 0);
  }

  private draw(): void {
    const { snapshot, record } = this;
    if (!snapshot || !record) return;
    const document = this.root.ownerDocument;
    this.empty.hidden = true;
    this.content.hidden = false;
    this.root.dataset.state = snapshot.state;
    this.head.show(snapshot, record, this.elapsed(snapshot, record), this.unreadable);
    this.figures.replaceChildren(
      ...keyFigures(snapshot, record, this.state.samples).map((fact) => factElement(document, fact)),
    );
    this.samples.set(this.state.samples);
    this.drawSimilarity(snapshot, record);
    this.drawLosses(snapshot, record);
    this.result.replaceChildren(...(snapshot.result ? [resultView(document, snapshot.result)] : []));
  }

  private drawSimilarity(snapshot: DriftSnapshot, record: RunRecord): void {
    const { samples } = this.state;
    const measured = record.probes.length > 0;
    // The first measurement comes before the first step. A note says why there is none where steps are done without.
    const toCome = !measured && isGoing(snapshot) && record.steps.length === 0;
    this.similarity.hidden = !measured && !toCome;
    this.waiting.hidden = !toCome;
    this.measured.hidden = !measured;
    if (!measured) return;
    // A layer that another run had and this one has not is not picked.
    const picked = record.layers.includes(this.state.layer ?? '') ? this.state.layer : undefined;
    const pick = (layer: string) => this.look({ layer: picked === layer ? undefined : layer });
    const steps = stepRange(record, isGoing(snapshot));
    const range = similarityRange([record], samples);
    // Steps arrive far more often than probes; thousands of cells are drawn only when something in them changed.
    const last = record.probes.at(-1)!;
    const drawn = JSON.stringify([
      record.probes.length,
      last.step,
      last.time,
      steps,
      this.lines.width,
      samples,
      picked,
      record.layers,
    ]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.legend.show(record.layers, picked);
    const { width } = this.lines;
    const options = { picked, labelWidth: labelRoom(record.layers, width), values: true };
    const lines = similarityLines(record, samples, steps, range);
    const height = Math.round(Math.min(340, Math.max(220, width * 0.42)));
    const plot = drawLineChart(this.lines.svg, lines, { width, height }, options);
    this.lines.show(measureName(record, samples), lineTarget(this.lines.svg, lines, plot, pick), () =>
      lineTable(lines),
    );
    const strip = similarityStrip(record, samples, steps, range);
    const heat = drawHeatStrip(this.strip.svg, strip, width, options);
    this.strip.show(l10n.t('The same by layer and step'), heatTarget(this.strip.svg, strip, heat, pick), () =>
      lineTable(lines),
    );
  }

  private drawLosses(snapshot: DriftSnapshot, record: RunRecord): void {
    const charts = lossCharts(record, stepRange(record, isGoing(snapshot)));
    this.trained.hidden = charts.length === 0;
    this.losses.forEach((figure, i) => {
      const chart = charts[i];
      figure.element.hidden = chart === undefined;
      if (!chart) return;
      const plot = drawLineChart(figure.svg, chart, { width: figure.width, height: 190 }, { values: true });
      figure.show(
        chart.title,
        lineTarget(figure.svg, chart, plot, () => undefined),
        () => lineTable(chart),
      );
    });
  }
}

function isGoing({ state }: DriftSnapshot): boolean {
  return state === 'running' || state === 'preparing';
}
