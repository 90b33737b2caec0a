/** A document without a browser, as the report uses one: charts must draw into it without any global document. */
import { parseHTML } from 'linkedom';

export function emptyDocument(): Document {
  return parseHTML('<!DOCTYPE html><html><head></head><body></body></html>').document;
}

export function emptyPicture(): SVGSVGElement {
  const document = emptyDocument();
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  document.body.append(svg);
  return svg;
}

export function numbers(element: Element | null, attribute: string): number[][] {
  return JSON.parse(element?.getAttribute(attribute) ?? 'null');
}
