/** The head of the panel: which run this is, how it goes and how far it is, what can be done, and what went wrong. */
import * as l10n from '@vscode/l10n';
import type { DriftSnapshot } from '../../src/protocol/drift';
import { displayName } from '../shared/charts/displayName';
import { button, progressRing } from '../shared/controls';
import { html } from '../shared/html';
import { ProgressBar } from '../shared/progressBar';
import type { RunRecord } from '../shared/runRecord';
import { type Fact, progressOf, settingsFacts } from './facts';
import { stateBadge } from './stateBadge';

export interface HeadActions {
  cancel(): void;
  showLog(): void;
  openFolder(): void;
  resume(): void;
}

export class RunHead {
  readonly element: HTMLElement;
  private readonly title: HTMLElement;
  private readonly badge: HTMLElement;
  private readonly ring: HTMLElement;
  private readonly cancel: HTMLElement;
  private readonly resume: HTMLElement;
  private readonly folder: HTMLElement;
  private readonly bar: ProgressBar;
  private readonly words: HTMLElement;
  private readonly facts: HTMLElement;
  private readonly messages: HTMLElement;

  constructor(
    private readonly document: Document,
    exportMenu: HTMLElement,
    actions: HeadActions,
  ) {
    this.title = html(document, 'h1', { id: 'run-name' });
    this.badge = html(document, 'span', { class: 'badge', role: 'status' });
    this.ring = progressRing(document);
    this.cancel = button(document, 'cancel', l10n.t('Cancel'), 'primary', actions.cancel);
    this.resume = button(document, 'resume', l10n.t('Resume'), 'primary', actions.resume);
    this.folder = button(document, 'open-folder', l10n.t('Open Folder'), 'secondary', actions.openFolder);
    const log = button(document, 'show-log', l10n.t('Show Log'), 'secondary', actions.showLog);
    this.bar = new ProgressBar(document, l10n.t('Progress of the run'));
    this.words = html(document, 'p', { id: 'progress', class: 'muted' });
    this.facts = html(document, 'dl', { class: 'facts' });
    this.messages = html(document, 'ul', { id: 'messages', class: 'messages' });
    this.element = html(
      document,
      'header',
      {},
      html(
        document,
        'div',
        { class: 'title-row' },
        html(document, 'div', { class: 'title' }, this.title, this.badge),
        html(document, 'div', { class: 'actions' }, this.cancel, this.resume, log, this.folder, exportMenu),
      ),
      this.bar.element,
      this.words,
      this.facts,
      this.messages,
    );
  }

  show(snapshot: DriftSnapshot, record: RunRecord, elapsed: number, unreadable: string | undefined): void {
    const { document } = this;
    const going = snapshot.state === 'running' || snapshot.state === 'preparing';
    this.title.textContent = displayName(snapshot.name, 80);
    this.title.title = displayName(snapshot.name, 400);
    if (this.badge.firstElementChild?.getAttribute('data-state') !== snapshot.state) {
      this.badge.replaceChildren(stateBadge(document, snapshot.state));
    }
    // Only while it is there does the ring speak to a screen reader.
    if (snapshot.state !== 'preparing') this.ring.remove();
    else if (!this.ring.isConnected) this.badge.after(this.ring);
    this.cancel.toggleAttribute('hidden', !going);
    const resumable = ['cancelled', 'failed', 'interrupted'].includes(snapshot.state);
    this.resume.toggleAttribute('hidden', !resumable || snapshot.run === undefined);
    this.folder.toggleAttribute('hidden', snapshot.run === undefined && snapshot.manifest === undefined);
    this.showProgress(snapshot, record, elapsed);
    this.facts.replaceChildren(
      ...settingsFacts(snapshot.manifest).map((fact) => factElement(document, fact)),
    );
    this.messages.replaceChildren(
      ...messagesOf(snapshot, record, unreadable).map(({ kind, text }) =>
        html(document, 'li', { class: kind, role: kind === 'error' ? 'alert' : undefined }, text),
      ),
    );
  }

  showProgress(snapshot: DriftSnapshot, record: RunRecord, elapsed: number): void {
    const { part, words } = progressOf(snapshot, record, elapsed);
    this.words.textContent = words;
    this.bar.show(snapshot.state === 'finished' ? undefined : part, words);
  }
}

export function factElement(document: Document, { name, value, detail }: Fact): HTMLElement {
  return html(
    document,
    'div',
    { title: detail === undefined ? undefined : displayName(detail, 400) },
    html(document, 'dt', {}, name),
    html(document, 'dd', {}, value),
  );
}

interface Message {
  readonly kind: 'error' | 'warning' | 'note';
  readonly text: string;
}

function messagesOf(snapshot: DriftSnapshot, record: RunRecord, unreadable: string | undefined): Message[] {
  const messages: Message[] = [];
  if (snapshot.state === 'failed') {
    messages.push({
      kind: 'error',
      text: displayName(record.failure ?? l10n.t('The run failed; the log tells more.'), 600),
    });
  }
  if (snapshot.state === 'interrupted') {
    messages.push({
      kind: 'warning',
      text: l10n.t(
        'The process that ran this is gone and left no last word. What it wrote until then is shown, and the run can be resumed.',
      ),
    });
  }
  if (snapshot.state === 'cancelled') {
    const { cancelledAt } = record;
    messages.push({
      kind: 'note',
      text:
        cancelledAt === undefined
          ? l10n.t('Cancelled. What was measured until then is shown.')
          : l10n.t('Cancelled after step {0}. What was measured until then is shown.', cancelledAt),
    });
  }
  if (unreadable)
    messages.push({
      kind: 'warning',
      text: l10n.t('An update of this run could not be read ({0}).', displayName(unreadable, 200)),
    });
  const skipped = snapshot.manifest?.data.skipped ?? 0;
  if (skipped > 0)
    messages.push({ kind: 'warning', text: l10n.t('{0} broken images were left out.', skipped) });
  const notes = new Set([...record.notes, ...(snapshot.result?.notes ?? [])]);
  for (const note of [...notes].slice(-20)) messages.push({ kind: 'note', text: displayName(note, 400) });
  return messages;
}
