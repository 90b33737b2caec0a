/** The preview of a checkpoint as a page: what is in the file, as a tree of modules beside what is selected in it. */
import * as l10n from '@vscode/l10n';
import type {
  CheckpointContents,
  CheckpointPageState,
  CheckpointSnapshot,
  CheckpointToHost,
  HostToCheckpoint,
  StatisticsSnapshot,
} from '../../src/protocol/checkpointPreview';
import { displayName } from '../shared/charts/displayName';
import { formatBytes, formatCount } from '../shared/charts/format';
import { button } from '../shared/controls';
import { html } from '../shared/html';
import { exportTensors } from './exportTensors';
import {
  firstOpen,
  moduleTree,
  type Row,
  shownRows,
  type TreeNode,
  tensorsText,
  valuesOf,
} from './moduleTree';
import { SelectedTensor } from './selectedTensor';
import { TreeGrid } from './treeGrid';

export interface CheckpointViewActions {
  post(message: CheckpointToHost): void;
  keep(state: CheckpointPageState): void;
}

/** More open modules than this are not kept over a restart. */
const mostKept = 2000;

export class CheckpointView {
  private snapshot: CheckpointSnapshot | undefined;
  private statistics: StatisticsSnapshot | undefined;
  private tree: readonly TreeNode[] = [];
  private open: Set<string> | undefined;
  private closed = new Set<string>();
  private filter: string;
  private selected: TreeNode | undefined;
  private readonly title: HTMLElement;
  private readonly totals: HTMLElement;
  private readonly messages: HTMLElement;
  private readonly filterBox: HTMLInputElement;
  private readonly found: HTMLElement;
  private readonly grid: TreeGrid;
  private readonly detail: SelectedTensor;
  private readonly metadata: HTMLElement;
  private readonly main: HTMLElement;
  private readonly finetune: HTMLElement;
  private readonly buttons: HTMLElement;

  constructor(
    private readonly root: HTMLElement,
    state: CheckpointPageState,
    private readonly actions: CheckpointViewActions,
  ) {
    const document = root.ownerDocument;
    this.filter = state.filter;
    this.open = state.open && new Set(state.open);
    this.title = html(document, 'h1', { id: 'checkpoint-name' });
    this.totals = html(document, 'p', { id: 'totals', class: 'muted' });
    this.messages = html(document, 'ul', { id: 'messages', class: 'messages', role: 'status' });
    const ask = (type: 'compare' | 'finetune') => () => actions.post({ type });
    this.finetune = button(document, 'finetune', l10n.t('Finetune'), 'primary', ask('finetune'));
    const compare = button(document, 'compare', l10n.t('Compare'), 'secondary', ask('compare'));
    const save = button(document, 'export', l10n.t('Export CSV'), 'secondary', () => this.save());
    this.buttons = html(document, 'div', { class: 'actions' }, this.finetune, compare, save);
    this.filterBox = html(document, 'input', {
      id: 'filter',
      type: 'search',
      placeholder: l10n.t('Filter by name, type or shape'),
      'aria-label': l10n.t('Filter tensors by name, type or shape'),
      'aria-controls': 'tensors',
      maxlength: 1000,
      spellcheck: 'false',
    });
    this.filterBox.value = state.filter;
    this.filterBox.addEventListener('input', () => this.filterBy(this.filterBox.value));
    this.filterBox.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') {
        event.preventDefault();
        this.grid.element.focus();
      }
    });
    this.found = html(document, 'p', { id: 'found', class: 'muted', role: 'status' });
    this.grid = new TreeGrid(document, {
      select: ({ node }) => this.select(node),
      toggle: (row) => this.toggle(row),
      activate: ({ node }) => {
        this.select(node);
        this.compute();
      },
    });
    this.detail = new SelectedTensor(document, {
      compute: () => this.compute(),
      cancel: () => actions.post({ type: 'cancel' }),
    });
    this.metadata = html(document, 'details', { id: 'metadata' });
    this.main = html(
      document,
      'div',
      { class: 'main' },
      html(
        document,
        'div',
        { class: 'list' },
        html(document, 'div', { class: 'filter-row' }, this.filterBox, this.found),
        this.grid.element,
      ),
      html(document, 'div', { class: 'side' }, this.detail.element, this.metadata),
    );
    root.replaceChildren(
      html(
        document,
        'header',
        {},
        html(document, 'div', { class: 'title-row' }, this.title, this.buttons),
        this.totals,
        this.messages,
      ),
      this.main,
    );
    root.dataset.checkpoint = 'reading';
    let width = 0;
    new ResizeObserver(() => {
      if (width !== root.clientWidth) this.detail.redraw();
      width = root.clientWidth;
    }).observe(root);
  }

  receive(message: HostToCheckpoint): void {
    if (message.type === 'statistics') this.statistics = message;
    else this.receiveContents(message);
    this.drawDetail();
  }

  /** An update could not be read: what is shown stays, and says so. */
  missed(reason: string): void {
    this.showMessages([['warning', l10n.t('An update could not be read ({0}).', reason)]]);
  }

  private receiveContents(snapshot: CheckpointSnapshot): void {
    const changed = snapshot.contents?.stamp !== this.snapshot?.contents?.stamp;
    this.snapshot = snapshot;
    const { contents } = snapshot;
    if (changed) {
      this.statistics = undefined;
      this.tree = contents ? moduleTree(contents.tensors) : [];
      this.open ??= contents && firstOpen(this.tree);
      const path = this.selected?.path;
      this.selected = undefined;
      this.drawRows();
      // The same tensor of the file that was written anew, where it is in sight.
      const row = this.rows().find(({ node }) => node.path === path) ?? this.grid.activeRow;
      this.selected = row?.node;
    }
    this.drawHead(snapshot);
  }

  private drawHead(snapshot: CheckpointSnapshot): void {
    const document = this.root.ownerDocument;
    const { contents, state, model, name, folder, message } = snapshot;
    this.root.dataset.checkpoint = state;
    this.title.textContent = displayName(name, 120);
    this.title.title = displayName(`${folder}/${name}`, 400);
    this.totals.textContent = contents
      ? totalsOf(contents)
      : state === 'reading'
        ? l10n.t('Reading the file…')
        : '';
    this.main.hidden = !contents;
    this.buttons.hidden = !contents;
    this.finetune.toggleAttribute('hidden', !model);
    this.showMessages([
      ...(state === 'failed' && message ? [['error', message] as const] : []),
      ...(contents && contents.leftOut > 0
        ? [['warning', l10n.t('{0} more tensors are not listed.', formatCount(contents.leftOut))] as const]
        : []),
      ...(contents && !model
        ? [
            [
              'note',
              l10n.t('There is no config.json beside this file, so no model can be built from it.'),
            ] as const,
          ]
        : []),
    ]);
    const entries = contents?.metadata ?? [];
    this.metadata.hidden = entries.length === 0;
    this.metadata.replaceChildren(
      html(document, 'summary', {}, l10n.t('Metadata ({0})', entries.length)),
      html(
        document,
        'dl',
        {},
        ...entries.flatMap((entry) => [
          html(document, 'dt', { class: 'name' }, displayName(entry.name, 120)),
          html(document, 'dd', { class: 'name' }, displayName(entry.value, 1000)),
        ]),
      ),
    );
  }

  private showMessages(lines: readonly (readonly [kind: string, text: string])[]): void {
    this.messages.replaceChildren(
      ...lines.map(([kind, text]) =>
        html(this.root.ownerDocument, 'li', { class: kind }, displayName(text, 800)),
      ),
    );
  }

  private rows(): Row[] {
    return shownRows(this.tree, this.filter, this.open ?? new Set(), this.closed);
  }

  private drawRows(): void {
    const rows = this.rows();
    this.grid.show(rows);
    const tensors = rows.filter(({ node }) => node.tensor).length;
    this.found.hidden = this.filter.trim() === '';
    this.found.textContent =
      rows.length === 0 ? l10n.t('No tensor has that.') : l10n.t('{0} shown', formatCount(tensors));
  }

  private filterBy(filter: string): void {
    this.filter = filter;
    this.closed = new Set();
    this.drawRows();
    this.keep();
  }

  private toggle({ node, open }: Row): void {
    const filtered = this.filter.trim() !== '';
    const set = filtered ? this.closed : this.open!;
    // Of a filtered list those are kept that were closed, of the whole one those that were opened.
    if (Boolean(open) === filtered) set.add(node.path);
    else set.delete(node.path);
    this.drawRows();
    this.keep();
  }

  private select(node: TreeNode): void {
    this.selected = node;
    this.drawDetail();
  }

  private compute(): void {
    const { selected } = this;
    if (!selected || selected.tensors.length === 0) return;
    this.actions.post({ type: 'statistics', row: selected.id, tensors: [...selected.tensors] });
  }

  private drawDetail(): void {
    const { selected, statistics } = this;
    this.detail.show(selected, statistics?.row === selected?.id ? statistics : undefined);
  }

  private keep(): void {
    const open = this.open && this.open.size <= mostKept ? [...this.open] : undefined;
    this.actions.keep({ filter: this.filter, ...(open && { open }) });
  }

  private save(): void {
    const contents = this.snapshot?.contents;
    if (contents) this.actions.post(exportTensors(contents));
  }
}

function totalsOf(contents: CheckpointContents): string {
  const { tensors, bytes, files } = contents;
  let values = 0;
  const byType = new Map<string, number>();
  for (const tensor of tensors) {
    const count = valuesOf(tensor);
    values += count;
    byType.set(tensor.dtype, (byType.get(tensor.dtype) ?? 0) + count);
  }
  const types = [...byType].sort((a, b) => b[1] - a[1]).map(([dtype]) => dtype);
  const count = tensors.length + contents.leftOut;
  return [
    tensorsText(count),
    l10n.t('{0} values', formatCount(values)),
    types.join(', '),
    formatBytes(bytes),
    ...(files > 1 ? [l10n.t('{0} files', files)] : []),
  ]
    .filter(Boolean)
    .join(' · ');
}
