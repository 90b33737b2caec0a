/** The layers as buttons with their line: pressing one picks its line out, pressing it again lets it go. */
import { displayName } from '../shared/charts/displayName';
import { layerStyle } from '../shared/charts/palette';
import { html } from '../shared/html';
import { swatch } from '../shared/swatch';

export class LayerLegend {
  readonly element: HTMLElement;
  private layers: readonly string[] = [];
  private buttons: readonly HTMLButtonElement[] = [];

  constructor(
    private readonly document: Document,
    private readonly onPick: (layer: string) => void,
  ) {
    this.element = html(document, 'div', { class: 'legend', role: 'group', 'aria-label': 'Layers' });
  }

  show(layers: readonly string[], picked: string | undefined): void {
    if (layers.length !== this.layers.length || layers.some((layer, i) => layer !== this.layers[i])) {
      this.layers = layers;
      this.buttons = layers.map((layer, i) => this.button(layer, i));
      this.element.replaceChildren(...this.buttons);
    }
    this.buttons.forEach((button, i) => {
      button.setAttribute('aria-pressed', String(layers[i] === picked));
    });
  }

  private button(layer: string, index: number): HTMLButtonElement {
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
