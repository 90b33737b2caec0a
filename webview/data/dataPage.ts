/** The preview of a data set as a page: what is wrong with it first, then its classes with examples, then the facts. */
import * as l10n from '@vscode/l10n';
import type { DataPageState, DataSnapshot, DataToHost } from '../../src/protocol/dataPanel';
import type { Inspection } from '../../src/protocol/inspection';
import { displayName } from '../shared/charts/displayName';
import { formatCount } from '../shared/charts/format';
import { button } from '../shared/controls';
import { stageText } from '../shared/coreWords';
import { tableElement } from '../shared/dataTable';
import { html } from '../shared/html';
import { ProgressBar, partOf } from '../shared/progressBar';
import { contactSheet } from './contactSheet';
import { exportCounts, exportInspection } from './exportInspection';
import { factTables, problemsOf } from './facts';

export interface DataPageActions {
  post(message: DataToHost): void;
  keep(state: DataPageState): void;
}

const longestName = 120;

export class DataPage {
  private readonly title: HTMLElement;
  private readonly facts: HTMLElement;
  private readonly messages: HTMLElement;
  private readonly bar: ProgressBar;
  private readonly cancel: HTMLElement;
  private readonly again: HTMLElement;
  private readonly exports: HTMLElement;
  private readonly body: HTMLElement;
  private shown: Inspection | undefined;

  constructor(
    private readonly root: HTMLElement,
    private readonly actions: DataPageActions,
  ) {
    const document = root.ownerDocument;
    this.title = html(document, 'h1', { id: 'data-name' });
    this.facts = html(document, 'p', { id: 'data-facts', class: 'muted' });
    this.messages = html(document, 'ul', { id: 'messages', class: 'messages', role: 'status' });
    this.bar = new ProgressBar(document, l10n.t('Reading the data'));
    this.cancel = button(document, 'cancel', l10n.t('Cancel'), 'secondary', () =>
      actions.post({ type: 'cancel' }),
    );
    this.again = button(document, 'read', l10n.t('Read Again'), 'secondary', () =>
      actions.post({ type: 'read' }),
    );
    const csv = button(document, 'export-csv', l10n.t('Export CSV'), 'secondary', () =>
      this.save(exportCounts),
    );
    const json = button(document, 'export-json', l10n.t('Export JSON'), 'secondary', () =>
      this.save(exportInspection),
    );
    const finetune = button(document, 'finetune', l10n.t('Finetune'), 'primary', () =>
      actions.post({ type: 'finetune' }),
    );
    this.exports = html(document, 'div', { class: 'actions' }, finetune, csv, json);
    this.body = html(document, 'main', {});
    const buttons = html(document, 'div', { class: 'actions' }, this.cancel, this.again, this.exports);
    root.replaceChildren(
      html(
        document,
        'header',
        {},
        html(document, 'div', { class: 'title-row' }, this.title, buttons),
        this.facts,
        this.bar.element,
        this.messages,
      ),
      this.body,
    );
    root.dataset.state = 'reading';
  }

  receive(snapshot: DataSnapshot): void {
    const { state, result, progress, message } = snapshot;
    this.actions.keep({ choice: snapshot.choice });
    this.root.dataset.state = state;
    this.title.textContent = displayName(snapshot.name, longestName);
    this.title.title = displayName(snapshot.choice.data, 400);
    this.bar.show(state === 'reading' ? partOf(progress) : undefined);
    this.cancel.hidden = state !== 'reading';
    this.again.hidden = state === 'reading';
    this.exports.hidden = !result;
    this.facts.textContent = result
      ? summaryOf(result.inspection)
      : state === 'reading'
        ? `${progress ? stageText(progress.stage) : l10n.t('Reading the data')}…`
        : '';
    const told =
      state === 'failed' && message
        ? [['error', message] as const]
        : state === 'cancelled'
          ? [['note', l10n.t('Reading was cancelled.')] as const]
          : [];
    this.showMessages([...told, ...(result ? problemsOf(result.inspection) : [])]);
    this.shown = result?.inspection;
    this.body.replaceChildren(...(result ? this.sections(snapshot, result) : []));
  }

  /** An update could not be read: what is shown stays, and says so. */
  missed(reason: string): void {
    this.showMessages([['warning', l10n.t('An update could not be read ({0}).', reason)]]);
  }

  private sections(
    { checkpointName }: DataSnapshot,
    { inspection, examples, size }: NonNullable<DataSnapshot['result']>,
  ): Node[] {
    const document = this.root.ownerDocument;
    const seen = checkpointName
      ? l10n.t('As {0} sees them, {1} x {2} pixels', displayName(checkpointName, 60), size.width, size.height)
      : l10n.t('Cropped to {0} x {1} pixels; choose a model to see what it sees', size.width, size.height);
    const sheet = html(
      document,
      'section',
      { 'aria-labelledby': 'sheet-head' },
      html(
        document,
        'div',
        { class: 'section-head' },
        html(
          document,
          'h2',
          { id: 'sheet-head' },
          inspection.task === 'multi-label' ? l10n.t('Labels') : l10n.t('Classes'),
        ),
        html(document, 'p', { class: 'muted' }, seen),
      ),
      contactSheet(document, inspection, examples, size),
    );
    const steps = inspection.preprocessing?.steps ?? [];
    const tables = factTables(inspection).map(({ id, title, table }) =>
      html(
        document,
        'section',
        { 'aria-labelledby': id },
        html(document, 'h2', { id }, title),
        html(document, 'div', { class: 'table-frame' }, tableElement(document, table)),
      ),
    );
    const prepared = html(
      document,
      'section',
      { 'aria-labelledby': 'steps-head' },
      html(document, 'h2', { id: 'steps-head' }, l10n.t('What the model does with an image')),
      html(document, 'ol', {}, ...steps.map((step) => html(document, 'li', {}, displayName(step, 300)))),
    );
    return [sheet, ...(steps.length > 0 ? [prepared] : []), ...tables];
  }

  private save(make: (inspection: Inspection) => Extract<DataToHost, { type: 'save' }>): void {
    if (this.shown) this.actions.post(make(this.shown));
  }

  private showMessages(lines: readonly (readonly [kind: string, text: string])[]): void {
    this.messages.replaceChildren(
      ...lines.map(([kind, text]) =>
        html(this.root.ownerDocument, 'li', { class: kind }, displayName(text, 800)),
      ),
    );
  }
}

function summaryOf({ task, classes, splits, medmnist }: Inspection): string {
  const images = splits.reduce((sum, split) => sum + split.images, 0);
  const labels = classes.length === 1 ? l10n.t('1 label') : l10n.t('{0} labels', classes.length);
  const ofClasses = classes.length === 1 ? l10n.t('1 class') : l10n.t('{0} classes', classes.length);
  return [
    images === 1 ? l10n.t('1 image') : l10n.t('{0} images', formatCount(images)),
    task === 'multi-label' ? labels : ofClasses,
    task,
    ...(medmnist ? [`${medmnist.name}, ${medmnist.license}`] : []),
  ].join(' · ');
}
