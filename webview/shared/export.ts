/** Pictures of charts to take away: one SVG with all colours written into it, and the same as PNG. */

export interface FigureText {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

const margin = 16;
const lineHeight = 20;
const properties = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'font-size',
  'font-weight',
  'text-anchor',
] as const;

/**
 * The charts one below the other under some lines of heading, as an SVG that needs no style sheet: the colours of the
 * theme that the page shows now are written into it.
 */
export function composeFigure(charts: readonly SVGSVGElement[], heading: readonly string[]): FigureText {
  const first = charts[0];
  const lines = heading.filter((line) => line.length > 0);
  const page = getComputedStyle(document.body);
  const figure = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  let y = margin + lines.length * lineHeight + margin / 2;
  const width = Math.max(360, ...charts.map((chart) => chart.width.baseVal.value)) + 2 * margin;
  const background = document.createElementNS(figure.namespaceURI, 'rect');
  figure.append(background);
  lines.forEach((line, i) => {
    const text = document.createElementNS(figure.namespaceURI, 'text');
    text.textContent = line;
    setAll(text, {
      x: margin,
      y: margin + (i + 0.7) * lineHeight,
      'font-size': i === 0 ? 15 : 12,
      fill: page.color,
    });
    figure.append(text);
  });
  for (const chart of charts) {
    const copy = plainCopy(chart);
    copy.setAttribute('x', String(margin));
    copy.setAttribute('y', String(y));
    figure.append(copy);
    y += chart.height.baseVal.value + margin;
  }
  const shown = page.backgroundColor;
  const colour = /^rgba\(.*, 0\)$|^transparent$/.test(shown)
    ? page.getPropertyValue('--vscode-editor-background').trim() || '#ffffff'
    : shown;
  setAll(background, { width, height: y, fill: colour });
  setAll(figure, {
    width,
    height: y,
    viewBox: `0 0 ${width} ${y}`,
    'font-family': first ? getComputedStyle(first).fontFamily : 'sans-serif',
  });
  return { text: new XMLSerializer().serializeToString(figure), width, height: y };
}

/** What browsers draw at once, in pixels: a canvas that is longer or larger stays empty. */
const longestSide = 32_767;
const largestArea = 2 ** 26;

/** Pixels of a PNG for each one of the picture: two, or fewer where many charts make it very long. */
export function pngScale({ width, height }: Pick<FigureText, 'width' | 'height'>): number {
  return Math.min(2, longestSide / Math.max(width, height), Math.sqrt(largestArea / (width * height)));
}

/** The picture as PNG at twice its size, as far as a canvas can be so large, in base64. */
export async function svgToPng({ text, width, height }: FigureText): Promise<string> {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    const scale = pngScale({ width, height });
    canvas.width = Math.floor(scale * width);
    canvas.height = Math.floor(scale * height);
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A copy whose looks are attributes instead of classes; the cursor and the data attributes stay behind. */
function plainCopy(chart: SVGSVGElement): SVGSVGElement {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const originals = [...chart.querySelectorAll('*')];
  const copies = [...copy.querySelectorAll('*')];
  copies.forEach((element, i) => {
    // Cells of a heat strip carry their colour already, and there are thousands.
    if (element.tagName !== 'rect' || element.hasAttribute('class')) writeLooks(originals[i]!, element);
    for (const { name } of [...element.attributes]) {
      if (name === 'class' || name.startsWith('data-')) element.removeAttribute(name);
    }
  });
  for (const cursor of chart.querySelectorAll('.cursor-group')) copies[originals.indexOf(cursor)]?.remove();
  copy.removeAttribute('class');
  return copy;
}

function writeLooks(original: Element, element: Element): void {
  const style = getComputedStyle(original);
  for (const property of properties) {
    const value = style.getPropertyValue(property);
    if (value) element.setAttribute(property, value);
  }
}

function setAll(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
