/** What is drawn of the loss: a slice or a plane, along which axes, which quantity, on which scale. */
import * as l10n from '@vscode/l10n';
import { type LandscapeAxes, landscapeAxes } from '../../src/protocol/landscape';
import { type LandscapeChoice, possibleAxes } from '../../src/protocol/landscapePanel';
import { checkbox, choice, picker } from '../shared/controls';
import { html } from '../shared/html';
import { explainAxes } from './explanations';
import type { Quantity } from './quantities';

const axesLabels: Record<LandscapeAxes, () => string> = {
  random: () => l10n.t('Random, filter-normalised'),
  interpolate: () => l10n.t('Between checkpoints'),
  hessian: () => l10n.t('Top Hessian eigenvectors'),
  trajectory: () => l10n.t('Way of the training (PCA)'),
};

export interface SurfaceControlActions {
  choose(dims: 1 | 2, axes: LandscapeAxes): void;
  /** Another quantity, by its id. */
  quantity(id: string): void;
  logarithmic(logarithmic: boolean): void;
}

export class SurfaceControls {
  readonly element: HTMLElement;
  /** What the chosen axes are. */
  readonly about: HTMLElement;
  private readonly dims: ReturnType<typeof choice<'1' | '2'>>;
  private readonly axes: ReturnType<typeof picker>;
  private readonly quantities: ReturnType<typeof picker>;
  private readonly log: ReturnType<typeof checkbox>;
  private chosen: LandscapeChoice | undefined;

  constructor(
    document: Document,
    private readonly actions: SurfaceControlActions,
  ) {
    const dims = [
      { value: '1', label: l10n.t('Slice') },
      { value: '2', label: l10n.t('Plane') },
    ] as const;
    this.dims = choice<'1' | '2'>(document, 'dims', l10n.t('Dimensions'), dims, (value) =>
      this.choose({ dims: value === '1' ? 1 : 2 }),
    );
    this.axes = picker(document, 'axes', l10n.t('Axes'), (value) =>
      this.choose({ axes: landscapeAxes.find((axes) => axes === value) }),
    );
    this.about = html(document, 'p', { class: 'muted', id: 'axes-about' });
    this.quantities = picker(document, 'quantity', l10n.t('Shown'), (id) => actions.quantity(id));
    this.log = checkbox(
      document,
      l10n.t('Logarithmic loss'),
      l10n.t('Draws the loss on a logarithmic scale'),
      (logarithmic) => actions.logarithmic(logarithmic),
    );
    const elements = [this.dims, this.axes, this.quantities, this.log].map(({ element }) => element);
    this.element = html(document, 'div', { class: 'controls' }, ...elements);
  }

  /** Nothing else can be chosen while something is computed. */
  show(chosen: LandscapeChoice, computing: boolean): void {
    this.chosen = chosen;
    this.dims.set(chosen.dims === 1 ? '1' : '2');
    this.dims.element.toggleAttribute('disabled', computing);
    const options = possibleAxes(chosen.checkpoints.length, chosen.dims).map((axes) => ({
      value: axes,
      label: axesLabels[axes](),
    }));
    this.axes.set([{ label: undefined, options }], chosen.axes);
    this.axes.element.querySelector('select')!.disabled = computing;
    this.about.textContent = explainAxes(chosen.axes);
  }

  /** Offers what is known of the surface, of which `shown` is drawn. */
  offer(known: readonly Quantity[], shown: Quantity | undefined, logarithmic: boolean): void {
    this.quantities.element.hidden = known.length === 0;
    if (shown) {
      const options = known.map(({ id, label }) => ({ value: id, label }));
      this.quantities.set([{ label: undefined, options }], shown.id);
    }
    this.log.element.hidden = shown?.kind !== 'loss';
    this.log.set(logarithmic);
  }

  private choose(change: { dims?: 1 | 2; axes?: LandscapeAxes | undefined }): void {
    if (!this.chosen) return;
    const { dims = this.chosen.dims, axes = this.chosen.axes } = change;
    const possible = possibleAxes(this.chosen.checkpoints.length, dims);
    this.actions.choose(dims, possible.includes(axes) ? axes : 'random');
  }
}
