/**
 * The layers as buttons with their line: pressing one picks its line out, pressing it again lets it go. What is picked
 * has a way to the line of code that makes it.
 */
import * as l10n from '@vscode/l10n';
import { displayName } from '../shared/charts/displayName';
import { layerStyle } from '../shared/charts/palette';
import { button } from '../shared/controls';
import { html } from '../shared/html';
import { swatch } from '../shared/swatch';

export class LayerLegend {
  readonly element: HTMLElement;
  private readonly names: HTMLElement;
  private readonly source: HTMLElement;
  private picked: string | undefined;
  private layers: readonly string[] = [];
  private buttons: readonly HTMLButtonElement[] = [];

  constructor(
    private readonly document: Document,
    private readonly onPick: (layer: string) => void,
    onSource: (layer: string) => void,
  ) {
    this.names = html(document, 'div', { class: 'legend', role: 'group', 'aria-label': l10n.t('Layers') });
    this.source = button(document, 'go-to-source', l10n.t('Go to Source'), 'secondary', () => {
      if (this.picked !== undefined) onSource(this.picked);
    });
    this.source.hidden = true;
    this.element = html(document, 'div', { class: 'layers' }, this.names, this.source);
  }

  show(layers: readonly string[], picked: string | undefined): void {
    if (layers.length !== this.layers.length || layers.some((layer, i) => layer !== this.layers[i])) {
      this.layers = layers;
      this.buttons = layers.map((layer, i) => this.layerButton(layer, i));
      this.names.replaceChildren(...this.buttons);
    }
    this.buttons.forEach((button, i) => {
      button.setAttribute('aria-pressed', String(layers[i] === picked));
    });
    this.picked = picked;
    this.source.hidden = picked === undefined;
    if (picked === undefined) return;
    const label = l10n.t('Go to the source of {0}', displayName(picked, 80));
    this.source.setAttribute('aria-label', label);
    this.source.title = label;
  }

  private layerButton(layer: string, index: number): HTMLButtonElement {
    const { document } = this;
    const button = html(
      document,
      'button',
      { type: 'button', title: displayName(layer, 400), 'aria-pressed': 'false' },
      swatch(document, layerStyle(index, this.layers)),
      html(document, 'span', { class: 'name' }, displayName(layer, 24)),
    );
    button.addEventListener('click', () => this.onPick(layer));
    return button;
  }
}
