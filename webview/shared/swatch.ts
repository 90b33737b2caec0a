/** A short piece of a series' line, for legends: colour and dash as in the chart. */

import type { SeriesStyle } from './charts/palette';
import { picture } from './html';

export function swatch(document: Document, style: SeriesStyle): SVGSVGElement {
  const svg = picture(document);
  svg.setAttribute('class', `swatch ${style.className}`);
  svg.setAttribute('viewBox', '0 0 22 8');
  svg.setAttribute('width', '22');
  svg.setAttribute('height', '8');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(svg.namespaceURI, 'path');
  line.setAttribute('d', 'M1,4H21');
  if (style.dash) line.setAttribute('stroke-dasharray', style.dash);
  svg.append(line);
  return svg;
}
