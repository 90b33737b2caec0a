/** The page "Representations": what is compared and how at the top, what came out below. Draws from whole snapshots. */

import * as l10n from '@vscode/l10n';
import { baseName } from '../../src/protocol/baseName';
import { compareSamples } from '../../src/protocol/compare';
import type { CompareChoice, CompareSnapshot, CompareToHost } from '../../src/protocol/comparePanel';
import { displayName } from '../shared/charts/displayName';
import { button, type Picker, picker } from '../shared/controls';
import { html, sentence } from '../shared/html';
import { ProgressBar, partOf } from '../shared/progressBar';
import { progressWords } from '../shared/progressWords';
import { samplesName } from '../shared/samplesName';
import { MeasureFigure } from './measureFigure';
import { MeasurePicker } from './measurePicker';
import { SourcePickers } from './sourcePickers';

export interface CompareViewActions {
  post(message: CompareToHost): void;
  /** Keeps what is looked at over a restart. */
  keep(choice: CompareChoice): void;
}

export class CompareView {
  private snapshot: CompareSnapshot | undefined;
  private unreadable: string | undefined;
  private readonly sources: SourcePickers;
  private readonly measure: MeasurePicker;
  private readonly samples: Picker;
  private readonly compare: HTMLElement;
  private readonly cancel: HTMLElement;
  private readonly editor: HTMLElement;
  private readonly log: HTMLElement;
  private readonly progress: HTMLElement;
  private readonly progressText: HTMLElement;
  private readonly bar: ProgressBar;
  private readonly messages: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly compared: HTMLElement;
  private readonly figures: HTMLElement;
  private shown: readonly MeasureFigure[] = [];
  private frame = 0;

  constructor(
    private readonly root: HTMLElement,
    private readonly exportMenu: HTMLElement,
    private readonly actions: CompareViewActions,
  ) {
    const document = root.ownerDocument;
    this.sources = new SourcePickers(document, {
      choose: (change) => this.choose(change),
      browse: (what, folder) => {
        actions.post({ type: 'browse', what, folder });
        // The picker goes back to what is chosen until something else is.
        this.redraw();
      },
    });
    this.measure = new MeasurePicker(document, (measures) => this.choose({ measures }));
    this.samples = picker(document, 'samples', l10n.t('Samples'), (value) => {
      const samples = compareSamples.find((one) => one === value);
      if (samples) this.choose({ samples });
    });
    this.compare = button(document, 'compare', l10n.t('Compare'), 'primary', () =>
      actions.post({ type: 'compare' }),
    );
    this.cancel = button(document, 'cancel', l10n.t('Cancel'), 'secondary', () =>
      actions.post({ type: 'cancel' }),
    );
    this.editor = button(document, 'open-editor', l10n.t('Open as Editor'), 'secondary', () =>
      actions.post({ type: 'openEditor' }),
    );
    this.log = button(document, 'show-log', l10n.t('Show Log'), 'secondary', () =>
      actions.post({ type: 'showLog' }),
    );
    const swap = button(document, 'swap', l10n.t('Swap'), 'secondary', () => {
      const { a, b } = this.snapshot?.choice ?? {};
      this.choose({ a: b, b: a });
    });
    this.bar = new ProgressBar(document, l10n.t('Progress'));
    this.progressText = html(document, 'p', { id: 'progress', class: 'muted' });
    this.progress = html(document, 'div', { class: 'progress' }, this.progressText, this.bar.element);
    this.messages = html(document, 'ul', { id: 'messages', class: 'messages', role: 'status' });
    this.empty = html(
      document,
      'p',
      { id: 'empty', class: 'muted' },
      l10n.t(
        'Choose two of your checkpoints, runs or dumps of activations, to see layer by layer how alike they are.',
      ),
    );
    this.compared = html(document, 'p', { id: 'compared' });
    this.figures = html(document, 'div', { class: 'measure-figures' });
    root.replaceChildren(
      html(
        document,
        'header',
        {},
        this.sources.element,
        this.measure.element,
        this.samples.element,
        html(
          document,
          'div',
          { class: 'actions' },
          this.compare,
          this.cancel,
          swap,
          this.editor,
          exportMenu,
          this.log,
        ),
        this.progress,
        this.messages,
      ),
      this.empty,
      this.compared,
      this.figures,
    );
    root.dataset.compare = 'incomplete';
    new ResizeObserver(() => this.redraw()).observe(root);
    // Cells are painted with the colours of the theme.
    new MutationObserver(() => this.redraw()).observe(document.body, {
      attributes: true,
      attributeFilter: ['class', 'data-vscode-theme-id'],
    });
  }

  get current(): CompareSnapshot | undefined {
    return this.snapshot;
  }

  /** What the pictures show, one line a measure. */
  get headings(): string[] {
    return this.shown.map(({ title }) => title);
  }

  /** The pictures of all measures, whole for as long as `use` runs. */
  withPictures<Result>(use: (pictures: readonly SVGSVGElement[]) => Result): Result {
    const collect = (left: readonly MeasureFigure[], found: readonly SVGSVGElement[]): Result => {
      const [first, ...rest] = left;
      return first ? first.withPictures((some) => collect(rest, [...found, ...some])) : use(found);
    };
    return collect(this.shown, []);
  }

  receive(snapshot: CompareSnapshot): void {
    this.snapshot = snapshot;
    this.unreadable = undefined;
    this.actions.keep(snapshot.choice);
    this.redraw();
  }

  /** An update could not be read: what is shown stays, and says so. */
  missed(reason: string): void {
    this.unreadable = reason;
    this.redraw();
  }

  private choose(change: Partial<CompareChoice>): void {
    if (!this.snapshot) return;
    const choice = { ...this.snapshot.choice, ...change };
    // What went wrong with another choice is past; the host tells what becomes of this one.
    this.snapshot = { ...this.snapshot, choice, state: 'ready', message: undefined };
    this.actions.keep(choice);
    this.actions.post({ type: 'choose', choice });
    this.redraw();
  }

  /** Many changes between two frames are one drawing. */
  private redraw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private draw(): void {
    const { snapshot } = this;
    this.drawMessages(snapshot);
    if (!snapshot) return;
    const { state, choice, large } = snapshot;
    this.root.dataset.compare = state;
    this.root.classList.toggle('large', large);
    this.sources.show(snapshot);
    this.measure.show(snapshot);
    const samples = compareSamples.map((value) => ({ value, label: samplesName(value) }));
    this.samples.set([{ label: undefined, options: samples }], choice.samples);
    this.compare.hidden = state === 'computing';
    this.compare.toggleAttribute('disabled', state === 'incomplete');
    this.cancel.hidden = state !== 'computing';
    this.log.hidden = state !== 'failed';
    this.editor.hidden = large;
    this.exportMenu.hidden = snapshot.result === undefined;
    this.drawProgress(snapshot);
    this.drawResult(snapshot);
  }

  private drawProgress({ state, progress, coarse }: CompareSnapshot): void {
    this.progress.hidden = state !== 'computing';
    if (state !== 'computing') return;
    this.progressText.textContent = progressWords(progress, coarse);
    this.bar.show(partOf(progress));
  }

  private drawMessages(snapshot: CompareSnapshot | undefined): void {
    const document = this.root.ownerDocument;
    const messages: [string, string][] = [];
    if (snapshot?.state === 'failed' && snapshot.message) messages.push(['error', snapshot.message]);
    if (snapshot?.state === 'cancelled')
      messages.push([
        'warning',
        isFirstLook(snapshot) ? l10n.t('Cancelled: this is a first look only.') : l10n.t('Cancelled.'),
      ]);
    if (this.unreadable)
      messages.push(['warning', l10n.t('An update could not be read ({0}).', this.unreadable)]);
    for (const note of snapshot?.result?.notes ?? []) messages.push(['note', note]);
    this.messages.replaceChildren(
      ...messages.map(([kind, text]) => html(document, 'li', { class: kind }, displayName(text, 600))),
    );
  }

  private drawResult(snapshot: CompareSnapshot): void {
    const document = this.root.ownerDocument;
    const { result, choice, coarse, state } = snapshot;
    this.empty.hidden = state !== 'incomplete' || result !== undefined;
    this.compared.hidden = result === undefined;
    this.figures.setAttribute('aria-busy', String(state === 'computing'));
    if (!result) {
      this.shown = [];
      this.figures.replaceChildren();
      return;
    }
    const nameOf = (side: string, path: string) => {
      const { name } = snapshot.sources.find((source) => source.path === path) ?? { name: baseName(path) };
      return html(document, 'span', {}, html(document, 'strong', {}, side), ` ${displayName(name, 40)}`);
    };
    this.compared.replaceChildren(
      ...sentence(l10n.t('{0} against {1}'), nameOf('A', result.a), nameOf('B', result.b)),
    );
    const ids = choice.measures.filter((id) => result.measures[id] !== undefined);
    if (ids.join('\n') !== this.shown.map(({ id }) => id).join('\n')) {
      this.shown = ids.map(
        (id) =>
          this.shown.find((figure) => figure.id === id) ??
          new MeasureFigure(document, id, ({ a }) => {
            const source = this.snapshot?.choice.a;
            if (source !== undefined) this.actions.post({ type: 'reveal', layer: a, source });
          }),
      );
      this.figures.replaceChildren(...this.shown.map(({ element }) => element));
    }
    for (const figure of this.shown) {
      const about = snapshot.measures.find(({ id }) => id === figure.id);
      figure.show(result, result.measures[figure.id]!, about, coarse);
    }
  }
}

/** Whether what is drawn is of a part of the images. */
function isFirstLook({ coarse, result, choice }: CompareSnapshot): boolean {
  return coarse && choice.measures.some((id) => result?.measures[id] !== undefined);
}
