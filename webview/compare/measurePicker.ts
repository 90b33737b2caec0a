/** The picker of the measure with what it says of itself; the large version takes several side by side. */
import * as l10n from '@vscode/l10n';
import type { MeasureDescription } from '../../src/protocol/compare';
import { type CompareSnapshot, mostMeasures } from '../../src/protocol/comparePanel';
import { displayName } from '../shared/charts/displayName';
import { formatValue } from '../shared/charts/format';
import { checkbox, type Picker, picker } from '../shared/controls';
import { html } from '../shared/html';

export class MeasurePicker {
  readonly element: HTMLElement;
  private readonly one: Picker;
  private readonly several: HTMLDetailsElement;
  private readonly summary: HTMLElement;
  private readonly boxes: HTMLElement;
  private readonly facts: HTMLElement;
  private drawn = '';

  constructor(
    private readonly document: Document,
    private readonly choose: (measures: string[]) => void,
  ) {
    this.one = picker(document, 'measure', l10n.t('Measure'), (id) => choose([id]));
    this.summary = html(document, 'summary');
    this.boxes = html(document, 'div', { class: 'checkboxes' });
    this.several = html(document, 'details', { id: 'measures' }, this.summary, this.boxes);
    this.facts = html(document, 'div', { id: 'measure-facts' });
    this.element = html(document, 'div', { class: 'measures' }, this.one.element, this.several, this.facts);
  }

  show({ measures, choice, large }: CompareSnapshot): void {
    this.one.element.hidden = large;
    this.several.hidden = !large;
    const ids = choice.measures;
    const unknown = ids.filter((id) => measures.every((measure) => measure.id !== id));
    const options = [
      ...unknown.map((id) => ({ value: id, label: displayName(id) })),
      ...measures.map(({ id, name }) => ({ value: id, label: displayName(name, 60) })),
    ];
    this.one.set([{ label: undefined, options }], ids[0]!);
    const next = JSON.stringify([measures, ids, large]);
    if (next === this.drawn) return;
    this.drawn = next;
    this.summary.textContent = l10n.t('Measures ({0} of at most {1})', ids.length, mostMeasures);
    if (large) this.showBoxes(measures, ids);
    const described = measures.filter(({ id }) => ids.includes(id));
    this.facts.replaceChildren(...described.map((measure) => this.describe(measure, described.length > 1)));
  }

  private showBoxes(measures: readonly MeasureDescription[], ids: readonly string[]): void {
    const focused = this.boxes.contains(this.document.activeElement)
      ? [...this.boxes.querySelectorAll('input')].indexOf(this.document.activeElement as HTMLInputElement)
      : -1;
    this.boxes.replaceChildren(
      ...measures.map(({ id, name, explanation }) => {
        const box = checkbox(this.document, displayName(name, 60), explanation, (checked) => {
          const chosen = measures
            .map((one) => one.id)
            .filter((one) => (one === id ? checked : ids.includes(one)));
          // One stays, and no more than can be told apart.
          if (chosen.length > 0 && chosen.length <= mostMeasures) this.choose(chosen);
          else box.set(!checked);
        });
        box.set(ids.includes(id));
        return box.element;
      }),
    );
    if (focused >= 0) this.boxes.querySelectorAll('input')[focused]?.focus();
  }

  /** One line that explains it, and its flags. */
  private describe(measure: MeasureDescription, named: boolean): HTMLElement {
    const { document } = this;
    const text = named ? `${measure.name}: ${measure.explanation}` : measure.explanation;
    return html(
      document,
      'div',
      { class: 'measure-about' },
      html(document, 'p', { class: 'muted' }, text),
      html(
        document,
        'ul',
        { class: 'flags', 'aria-label': l10n.t('Properties of {0}', measure.name) },
        ...flagsOf(measure).map((flag) => html(document, 'li', {}, flag)),
      ),
    );
  }
}

/** The properties in words. */
function flagsOf(measure: MeasureDescription): string[] {
  const [low, high] = measure.range;
  const range = [low === null ? '−∞' : shortest(low), high === null ? '∞' : shortest(high)];
  const invariant = measure.invariant.linear
    ? [l10n.t('any invertible linear map')]
    : [
        ...(measure.invariant.orthogonal
          ? [l10n.t('rotation')]
          : measure.invariant.permutation
            ? [l10n.t('feature order')]
            : []),
        ...(measure.invariant.scaling ? [l10n.t('scale')] : []),
      ];
  if (measure.invariant.translation) invariant.push(l10n.t('shift'));
  return [
    measure.larger === 'more similar'
      ? l10n.t('{0} to {1}, larger is more similar', ...range)
      : l10n.t('{0} to {1}, larger is less similar', ...range),
    invariant.length > 0
      ? l10n.t('same under {0}', invariant.join(', '))
      : l10n.t('changes with every change of one side'),
    measure.symmetric ? l10n.t('symmetric') : l10n.t('A to B is not B to A'),
    ...(measure.metric ? [l10n.t('metric')] : []),
    ...(measure.on === 'logits' ? [l10n.t('on logits')] : []),
    ...(measure.pairwise ? [l10n.t('on a sample of the rows where there are many')] : []),
  ];
}

/** Bounds are small whole numbers, or parts of pi. */
function shortest(bound: number): string {
  return Number.isInteger(bound) ? String(bound).replace('-', '−') : formatValue(bound);
}
