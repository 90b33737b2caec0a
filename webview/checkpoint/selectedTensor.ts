/** What is known of the row that is selected: facts, and on demand the statistics of its values. */
import * as l10n from '@vscode/l10n';
import type { StatisticsSnapshot, TensorStatistics } from '../../src/protocol/checkpointPreview';
import { ChartFigure } from '../shared/chartFigure';
import { displayName } from '../shared/charts/displayName';
import { formatBytes, formatCount, formatPercent } from '../shared/charts/format';
import { button } from '../shared/controls';
import { tableElement } from '../shared/dataTable';
import { html } from '../shared/html';
import { ProgressBar } from '../shared/progressBar';
import { formatNumber } from './formatNumber';
import { drawHistogram, histogramTable } from './histogram';
import { shapeText, type TreeNode, tensorsText } from './moduleTree';

export interface SelectedActions {
  compute(): void;
  cancel(): void;
}

export class SelectedTensor {
  readonly element: HTMLElement;
  private readonly title: HTMLElement;
  private readonly facts: HTMLElement;
  private readonly compute: HTMLElement;
  private readonly cancel: HTMLElement;
  private readonly bar: ProgressBar;
  private readonly message: HTMLElement;
  private readonly figures: HTMLElement;
  private readonly histogram: ChartFigure;
  private drawn: TensorStatistics | undefined;

  constructor(
    private readonly document: Document,
    actions: SelectedActions,
  ) {
    this.title = html(document, 'h2', { id: 'selected-name' });
    this.facts = html(document, 'p', { id: 'selected-facts', class: 'muted' });
    this.compute = button(document, 'statistics', l10n.t('Compute Statistics'), 'secondary', actions.compute);
    this.cancel = button(document, 'cancel', l10n.t('Cancel'), 'secondary', actions.cancel);
    this.bar = new ProgressBar(document, l10n.t('Reading the values'));
    this.message = html(document, 'ul', { class: 'messages', role: 'status' });
    this.figures = html(document, 'div', { id: 'figures' });
    this.histogram = new ChartFigure(document, 'histogram');
    this.element = html(
      document,
      'section',
      { id: 'selected', 'aria-label': l10n.t('Selected tensor or module') },
      this.title,
      this.facts,
      html(document, 'div', { class: 'actions' }, this.compute, this.cancel),
      this.bar.element,
      this.message,
      this.figures,
      this.histogram.element,
    );
  }

  /** `statistics`: of this node, or undefined. */
  show(node: TreeNode | undefined, statistics: StatisticsSnapshot | undefined): void {
    this.element.hidden = node === undefined;
    if (!node) return;
    const { tensor, tensors } = node;
    this.title.textContent = displayName(node.path, 300);
    this.facts.textContent = [
      tensor ? `${tensor.dtype}, ${shapeText(tensor.shape)}` : tensorsText(tensors.length),
      l10n.t('{0} values', formatCount(node.values)),
      formatBytes(node.bytes),
    ].join(' · ');
    const computing = statistics?.state === 'computing';
    this.element.dataset.statistics = statistics?.state ?? 'none';
    this.compute.toggleAttribute('hidden', computing || statistics?.state === 'done');
    this.cancel.toggleAttribute('hidden', !computing);
    this.bar.show(computing ? Math.min(1, statistics.done) : undefined);
    this.showMessage(statistics);
    this.showResult(statistics?.result);
  }

  /** The width may have changed. */
  redraw(): void {
    const { drawn } = this;
    this.drawn = undefined;
    this.showResult(drawn);
  }

  private showMessage(statistics: StatisticsSnapshot | undefined): void {
    const [kind, text] =
      statistics?.state === 'failed'
        ? ['error', statistics.message ?? l10n.t('The values could not be read.')]
        : statistics?.state === 'cancelled'
          ? ['warning', l10n.t('Cancelled.')]
          : [];
    this.message.replaceChildren(
      ...(text ? [html(this.document, 'li', { class: kind }, displayName(text, 600))] : []),
    );
  }

  private showResult(result: TensorStatistics | undefined): void {
    if (result && result === this.drawn) return;
    this.drawn = result;
    const finite = result?.finite;
    this.figures.replaceChildren(...(result ? [tableElement(this.document, statisticsTable(result))] : []));
    this.histogram.element.hidden = !finite;
    if (!finite) return;
    const target = drawHistogram(this.histogram.svg, finite, this.histogram.width);
    this.histogram.show(l10n.t('Histogram of the values'), target, () => histogramTable(finite));
  }
}

function statisticsTable({ values, zeros, notANumber, infinite, finite }: TensorStatistics) {
  const part = (count: number) =>
    count === 0 ? '0' : `${formatCount(count)} (${formatPercent(count / values)})`;
  const rows: [string, string, number | null][] = [
    [l10n.t('mean'), formatNumber(finite?.mean ?? null), finite?.mean ?? null],
    [l10n.t('standard deviation'), formatNumber(finite?.deviation ?? null), finite?.deviation ?? null],
    [l10n.t('least'), formatNumber(finite?.minimum ?? null), finite?.minimum ?? null],
    [l10n.t('largest'), formatNumber(finite?.maximum ?? null), finite?.maximum ?? null],
    [l10n.t('zeros'), part(zeros), zeros],
    ['NaN', part(notANumber), notANumber],
    [l10n.t('infinite'), part(infinite), infinite],
  ];
  return {
    caption: l10n.t('Of {0} values; what is not finite is left out of the first four', formatCount(values)),
    columns: ['', l10n.t('value')],
    rows: rows.map(([name, text]) => [name, text]),
    values: rows.map(([, , value]) => [value]),
  };
}
