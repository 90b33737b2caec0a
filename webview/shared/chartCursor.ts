/**
 * Reads values off a chart: by the pointer, or by the arrow keys once the chart has the focus. What it points at is
 * shown beside the pointer and, when keys moved it, spoken through a live region.
 */
import * as l10n from '@vscode/l10n';
import type { SeriesStyle } from './charts/palette';
import { html } from './html';
import { swatch } from './swatch';

/** A column is a step; a row is a series or layer, -1 for all of them. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

export interface CursorLine {
  readonly name: string;
  readonly value: string;
  readonly style?: SeriesStyle;
  /** The line that is nearest to the pointer. */
  readonly strong: boolean;
}

/** A drawn chart that a cursor can move over. */
export interface CursorTarget {
  readonly columns: number;
  readonly rows: number;
  /** Least row that keys reach: -1 where all rows can be read at once. */
  readonly firstRow: -1 | 0;
  locate(x: number, y: number): Cell | undefined;
  describe(cell: Cell): { readonly title: string; readonly lines: readonly CursorLine[] };
  /** Marks the cell in the picture, or nothing; returns where the mark is, and where it begins if it is wide. */
  mark(cell: Cell | undefined): { readonly x: number; readonly y: number; readonly left?: number };
  /** A cell of a row was clicked, or Enter pressed on it. */
  pick(cell: Cell): void;
}

const spokenLines = 8;
const page = 10;

export class ChartCursor {
  private target: CursorTarget | undefined;
  private cell: Cell | undefined;
  private readonly tip: HTMLElement;
  private readonly live: HTMLElement;

  /** `box` holds the picture, is positioned and takes the focus. */
  constructor(private readonly box: HTMLElement) {
    const document = box.ownerDocument;
    this.tip = html(document, 'div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
    this.live = html(document, 'p', { class: 'spoken', 'aria-live': 'polite' });
    box.append(this.tip, this.live);
    box.addEventListener('pointermove', (event) => this.point(event));
    box.addEventListener('pointerleave', () => this.show(undefined));
    box.addEventListener('blur', () => this.show(undefined));
    box.addEventListener('click', (event) => {
      this.point(event);
      if (this.cell && this.cell.row >= 0) this.target?.pick(this.cell);
    });
    box.addEventListener('keydown', (event) => this.press(event));
  }

  /** Goes on with a chart that was drawn anew. */
  follow(target: CursorTarget): void {
    this.target = target;
    if (this.cell && (this.cell.column >= target.columns || this.cell.row >= target.rows))
      this.cell = undefined;
    this.show(this.cell);
  }

  private point(event: MouseEvent): void {
    const bounds = this.box.getBoundingClientRect();
    this.show(this.target?.locate(event.clientX - bounds.left, event.clientY - bounds.top));
  }

  private press(event: KeyboardEvent): void {
    const { target } = this;
    if (!target || target.columns === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = target.columns - 1;
    const from = this.cell ?? {
      column: event.key === 'ArrowRight' ? -1 : target.columns,
      row: target.firstRow,
    };
    const moves: Record<string, Partial<Cell> | undefined> = {
      ArrowLeft: { column: from.column - (event.shiftKey ? page : 1) },
      ArrowRight: { column: from.column + (event.shiftKey ? page : 1) },
      PageUp: { column: from.column - page },
      PageDown: { column: from.column + page },
      Home: { column: 0 },
      End: { column: last },
      ArrowUp: { row: from.row - 1 },
      ArrowDown: { row: from.row + 1 },
    };
    const move = moves[event.key];
    if (move) {
      event.preventDefault();
      this.show({
        column: Math.min(last, Math.max(0, move.column ?? from.column)),
        row: Math.min(target.rows - 1, Math.max(target.firstRow, move.row ?? from.row)),
      });
      this.speak();
    } else if (event.key === 'Escape' && this.cell) {
      event.preventDefault();
      this.show(undefined);
    } else if (event.key === 'Enter' && this.cell && this.cell.row >= 0) {
      event.preventDefault();
      target.pick(this.cell);
    }
  }

  private show(cell: Cell | undefined): void {
    this.cell = cell;
    const at = this.target?.mark(cell);
    this.tip.toggleAttribute('hidden', cell === undefined);
    if (!cell || !at || !this.target) return;
    const { document, tip } = { document: this.box.ownerDocument, tip: this.tip };
    const { title, lines } = this.target.describe(cell);
    tip.replaceChildren(
      html(document, 'strong', {}, title),
      ...lines.map((line) =>
        html(
          document,
          'span',
          { class: line.strong ? 'tip-line strong' : 'tip-line' },
          ...(line.style ? [swatch(document, line.style)] : []),
          html(document, 'span', { class: 'name' }, line.name),
          html(document, 'span', { class: 'value' }, line.value),
        ),
      ),
    );
    const { left, top } = this.place(at);
    tip.style.setProperty('left', `${left}px`);
    tip.style.setProperty('top', `${top}px`);
  }

  /** To the right of the mark, to its left where there is no room, below or above it where there is none either. */
  private place(at: { readonly x: number; readonly y: number; readonly left?: number }) {
    const { clientWidth: width, clientHeight: height } = this.box;
    const { offsetWidth: wide, offsetHeight: high } = this.tip;
    const before = (at.left ?? at.x) - 12 - wide;
    const beside = Math.max(0, Math.min(at.y - 20, height - high));
    if (width - at.x - 12 >= wide) return { left: at.x + 12, top: beside };
    if (before >= 0) return { left: before, top: beside };
    const below = at.y + 40;
    const left = Math.max(0, Math.min(at.x - wide / 2, width - wide));
    return { left, top: below + high <= height ? below : Math.max(0, at.y - 10 - high) };
  }

  private speak(): void {
    if (!this.cell || !this.target) return;
    const { title, lines } = this.target.describe(this.cell);
    const read = lines.slice(0, spokenLines).map((line) => `${line.name} ${line.value}`);
    const more = lines.length - spokenLines;
    this.live.textContent =
      more > 0
        ? l10n.t('{0}: {1}, and {2} more in the data table', title, read.join(', '), more)
        : `${title}: ${read.join(', ')}`;
  }
}
