/** How an analysis goes: what it does now and how far it is, or why it ended. */
import * as l10n from '@vscode/l10n';
import type { LandscapeSnapshot } from '../../src/protocol/landscapePanel';
import { displayName } from '../shared/charts/displayName';
import { html } from '../shared/html';
import { ProgressBar, partOf } from '../shared/progressBar';
import { progressWords } from '../shared/progressWords';

type Analysis = Pick<LandscapeSnapshot['sharpness'], 'state' | 'progress' | 'message'>;

export class AnalysisStatus {
  readonly element: HTMLElement;
  private readonly words: HTMLElement;
  private readonly bar: ProgressBar;
  private readonly messages: HTMLElement;

  constructor(
    private readonly document: Document,
    id: string,
    label: string,
  ) {
    this.words = html(document, 'p', { class: 'muted words' });
    this.bar = new ProgressBar(document, label);
    this.messages = html(document, 'ul', { class: 'messages', role: 'status' });
    this.element = html(
      document,
      'div',
      { id, class: 'status' },
      this.words,
      this.bar.element,
      this.messages,
    );
  }

  /** `partial`: whether something is shown although not all is known; `notes`: what is to be known of the result. */
  show({ state, progress, message }: Analysis, partial: boolean, notes: readonly string[]): void {
    const computing = state === 'computing';
    this.element.dataset.analysis = state;
    this.words.hidden = !computing;
    this.bar.show(computing ? partOf(progress) : undefined);
    this.words.textContent = computing ? progressWords(progress, partial) : '';
    const lines: (readonly [string, string])[] = [];
    if (state === 'failed' && message) lines.push(['error', message]);
    if (state === 'cancelled')
      lines.push([
        'warning',
        partial ? l10n.t('Stopped before the end: Compute goes on where it stopped.') : l10n.t('Cancelled.'),
      ]);
    lines.push(...notes.map((note) => ['note', note] as const));
    this.messages.replaceChildren(
      ...lines.map(([kind, text]) => html(this.document, 'li', { class: kind }, displayName(text, 600))),
    );
  }
}
