/** One chart of a panel: heading, picture that keys and pointer can read, and the same values as a table. */
import * as l10n from '@vscode/l10n';
import { ChartCursor, type CursorTarget } from './chartCursor';
import { type DataTable, tableElement } from './dataTable';
import { html, picture } from './html';

export class ChartFigure {
  readonly element: HTMLElement;
  readonly svg: SVGSVGElement;
  private readonly heading: HTMLElement;
  private readonly box: HTMLElement;
  private readonly cursor: ChartCursor;
  private readonly details: HTMLDetailsElement;
  private table: (() => DataTable) | undefined;

  constructor(
    private readonly document: Document,
    id: string,
  ) {
    this.svg = picture(document);
    this.heading = html(document, 'figcaption');
    this.box = html(document, 'div', { class: 'plot', tabindex: 0, role: 'application' }, this.svg);
    this.box.setAttribute('aria-roledescription', l10n.t('chart, arrow keys read its values'));
    this.cursor = new ChartCursor(this.box);
    this.details = html(document, 'details', {}, html(document, 'summary', {}, l10n.t('Data table')));
    this.details.addEventListener('toggle', () => this.fillTable());
    this.element = html(document, 'figure', { id }, this.heading, this.box, this.details);
  }

  /** Width that the picture may take. */
  get width(): number {
    return Math.max(240, Math.floor(this.box.clientWidth));
  }

  /** `table` is called only while it is open: thousands of cells several times a second would be felt. */
  show(heading: string, target: CursorTarget, table: () => DataTable): void {
    this.heading.textContent = heading;
    this.box.setAttribute('aria-label', heading);
    this.cursor.follow(target);
    this.table = table;
    this.fillTable();
  }

  private fillTable(): void {
    this.details.querySelector('.table')?.remove();
    if (!this.details.open || !this.table) return;
    this.details.append(
      html(this.document, 'div', { class: 'table', tabindex: 0 }, tableElement(this.document, this.table())),
    );
  }
}
