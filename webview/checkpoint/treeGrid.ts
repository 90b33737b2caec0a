/**
 * A tree with columns, of which only the rows in sight are on the page: ten thousand tensors scroll like ten. The grid
 * has the focus and names its active row; arrow keys move, open and close as in the trees of the editor.
 */
import * as l10n from '@vscode/l10n';
import { displayName } from '../shared/charts/displayName';
import { formatBytes, formatCount } from '../shared/charts/format';
import { html } from '../shared/html';
import { type Row, shapeText, tensorsText } from './moduleTree';

export interface TreeGridActions {
  select(row: Row): void;
  toggle(row: Row): void;
  /** Enter on a tensor, or on any row with Ctrl. */
  activate(row: Row): void;
}

const rowHeight = 24;
/** Rows beyond both edges, so that a scroll does not show gaps. */
const beyond = 12;
const indent = 14;

export class TreeGrid {
  readonly element: HTMLElement;
  private readonly body: HTMLElement;
  private readonly head: HTMLElement;
  private rows: readonly Row[] = [];
  /** Id of the node that keys go on from. */
  private active: string | undefined;
  private typed = '';
  private typedAt = 0;

  constructor(
    private readonly document: Document,
    private readonly actions: TreeGridActions,
  ) {
    const columns = [l10n.t('Name'), l10n.t('Type'), l10n.t('Shape'), l10n.t('Values'), l10n.t('Size')];
    this.head = html(
      document,
      'div',
      { role: 'row', class: 'tree-head', 'aria-rowindex': 1 },
      ...columns.map((name) => html(document, 'div', { role: 'columnheader' }, name)),
    );
    this.body = html(document, 'div', { role: 'rowgroup', class: 'tree-body' });
    this.element = html(
      document,
      'div',
      {
        id: 'tensors',
        class: 'tree',
        role: 'treegrid',
        tabindex: 0,
        'aria-label': l10n.t('Tensors by module'),
      },
      html(document, 'div', { role: 'rowgroup', class: 'tree-top' }, this.head),
      this.body,
    );
    this.element.addEventListener('scroll', () => this.draw());
    this.element.addEventListener('keydown', (event) => this.press(event));
    this.body.addEventListener('click', (event) => this.click(event));
    new ResizeObserver(() => this.draw()).observe(this.element);
  }

  /** The row that keys go on from. */
  get activeRow(): Row | undefined {
    return this.rows[this.activeIndex];
  }

  show(rows: readonly Row[]): void {
    this.rows = rows;
    if (this.activeIndex < 0) this.active = rows[0]?.node.id;
    this.element.setAttribute('aria-rowcount', String(rows.length + 1));
    this.body.style.height = `${rows.length * rowHeight}px`;
    this.draw();
  }

  private get activeIndex(): number {
    return this.rows.findIndex(({ node }) => node.id === this.active);
  }

  private draw(): void {
    const { scrollTop, clientHeight } = this.element;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - beyond);
    const last = Math.min(this.rows.length, Math.ceil((scrollTop + clientHeight) / rowHeight) + beyond);
    const drawn: HTMLElement[] = [];
    for (let i = first; i < last; i++) drawn.push(this.drawRow(this.rows[i]!, i));
    this.body.replaceChildren(...drawn);
    const active = drawn.find((row) => row.dataset.node === this.active);
    if (active) this.element.setAttribute('aria-activedescendant', active.id);
    else this.element.removeAttribute('aria-activedescendant');
  }

  private drawRow({ node, level, position, siblings, open }: Row, index: number): HTMLElement {
    const { document } = this;
    const { tensor } = node;
    const name = html(
      document,
      'div',
      { role: 'gridcell', class: 'tree-name', title: displayName(node.path, 400) },
      html(document, 'span', { class: 'twistie', 'aria-hidden': 'true' }, open === undefined ? '' : '›'),
      html(document, 'span', { class: 'name' }, displayName(node.label, 120)),
    );
    const cells = [
      node.dtypes.join(', '),
      tensor ? shapeText(tensor.shape) : tensorsText(node.tensors.length),
      formatCount(node.values),
      formatBytes(node.bytes),
    ].map((text) => html(document, 'div', { role: 'gridcell' }, text));
    const row = html(
      document,
      'div',
      {
        id: `row-${node.id}`,
        role: 'row',
        class: node.id === this.active ? 'tree-row active' : 'tree-row',
        'data-node': node.id,
        'aria-level': level,
        'aria-posinset': position,
        'aria-setsize': siblings,
        'aria-rowindex': index + 2,
        'aria-selected': String(node.id === this.active),
        'aria-expanded': open === undefined ? undefined : String(open),
      },
      name,
      ...cells,
    );
    row.style.transform = `translateY(${index * rowHeight}px)`;
    name.style.paddingInlineStart = `${4 + (level - 1) * indent}px`;
    return row;
  }

  private click(event: MouseEvent): void {
    const at = (event.target as Element).closest<HTMLElement>('.tree-row');
    const row = this.rows.find(({ node }) => node.id === at?.dataset.node);
    if (!row) return;
    this.activate(row);
    if (row.open !== undefined) this.actions.toggle(row);
  }

  private activate(row: Row): void {
    this.active = row.node.id;
    this.draw();
    this.actions.select(row);
  }

  private move(index: number): void {
    const row = this.rows[Math.max(0, Math.min(this.rows.length - 1, index))];
    if (!row) return;
    const top = this.rows.indexOf(row) * rowHeight;
    const seen = this.element.clientHeight - this.head.offsetHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight > this.element.scrollTop + seen) this.element.scrollTop = top + rowHeight - seen;
    this.activate(row);
  }

  private press(event: KeyboardEvent): void {
    const index = this.activeIndex;
    const row = this.rows[index];
    if (!row || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / rowHeight) - 2);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.move(index + 1),
      ArrowUp: () => this.move(index - 1),
      PageDown: () => this.move(index + page),
      PageUp: () => this.move(index - page),
      Home: () => this.move(0),
      End: () => this.move(this.rows.length - 1),
      ArrowRight: () => (row.open === false ? this.actions.toggle(row) : row.open && this.move(index + 1)),
      ArrowLeft: () => (row.open ? this.actions.toggle(row) : row.parent >= 0 && this.move(row.parent)),
      Enter: () =>
        row.open === undefined || event.ctrlKey ? this.actions.activate(row) : this.actions.toggle(row),
      ' ': () => this.actions.activate(row),
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      move();
    } else if (event.key.length === 1 && !event.ctrlKey) {
      this.find(event, index);
    }
  }

  /** Letters go to the next row whose label begins with what was typed within a second. */
  private find(event: KeyboardEvent, index: number): void {
    this.typed = event.timeStamp - this.typedAt < 1000 ? this.typed + event.key : event.key;
    this.typedAt = event.timeStamp;
    const from = this.typed.length === 1 ? index + 1 : index;
    const order = [...this.rows.slice(from), ...this.rows.slice(0, from)];
    const found = order.find(({ node }) => node.label.toLowerCase().startsWith(this.typed.toLowerCase()));
    if (found) this.move(this.rows.indexOf(found));
  }
}
