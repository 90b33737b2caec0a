/** A bar that fills as work goes on; there is none to see where the end of the work is not known. */
import type { Progress } from '../../src/protocol/progress';
import { html } from './html';

export class ProgressBar {
  readonly element: HTMLElement;
  private readonly done: HTMLElement;

  constructor(document: Document, label: string) {
    this.done = html(document, 'div', { class: 'bar-done' });
    this.element = html(
      document,
      'div',
      { class: 'bar', role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100 },
      this.done,
    );
  }

  /** `part`: of the work, 0 to 1; `words` say it to those who hear it. */
  show(part: number | undefined, words?: string): void {
    this.element.hidden = part === undefined;
    if (part === undefined) return;
    this.element.setAttribute('aria-valuenow', String(Math.round(100 * part)));
    if (words !== undefined) this.element.setAttribute('aria-valuetext', words);
    this.done.style.setProperty('width', `${100 * part}%`);
  }
}

/** The part of the work that is done, or undefined where its end is not known. */
export function partOf(progress: Progress | undefined): number | undefined {
  return progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : undefined;
}
