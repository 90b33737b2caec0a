/** A row for every class: how many images it has in each split, and the first of them as pictures. */
import * as l10n from '@vscode/l10n';
import type { Inspection, InspectionExample } from '../../src/protocol/inspection';
import { displayName } from '../shared/charts/displayName';
import { formatCount } from '../shared/charts/format';
import { html } from '../shared/html';
import { labelsOf, placeOf } from './facts';

/** More classes are in the table of the export. */
const mostClasses = 200;

export function contactSheet(
  document: Document,
  inspection: Inspection,
  examples: readonly InspectionExample[],
  size: { readonly width: number; readonly height: number },
): HTMLElement {
  const { classes, splits } = inspection;
  const most = Math.max(1, ...splits.flatMap(({ classCounts }) => classCounts));
  const head = html(
    document,
    'tr',
    {},
    html(
      document,
      'th',
      { scope: 'col' },
      inspection.task === 'multi-label' ? l10n.t('label') : l10n.t('class'),
    ),
    ...splits.map(({ name, drawn }) =>
      html(document, 'th', { scope: 'col', class: 'count' }, drawn ? l10n.t('{0} (drawn)', name) : name),
    ),
    html(document, 'th', { scope: 'col' }, l10n.t('examples')),
  );
  const rows = classes
    .slice(0, mostClasses)
    .map((name, index) =>
      html(
        document,
        'tr',
        {},
        html(document, 'th', { scope: 'row', class: 'name' }, displayName(name, 80)),
        ...splits.map(({ classCounts }) => countCell(document, classCounts[index] ?? 0, most)),
        html(
          document,
          'td',
          {},
          html(
            document,
            'div',
            { class: 'pictures' },
            ...examples
              .filter((example) => example.classes.includes(index))
              .map((example) => pictureOf(document, inspection, example, size)),
          ),
        ),
      ),
    );
  const total = html(
    document,
    'tr',
    {},
    html(document, 'th', { scope: 'row' }, l10n.t('all')),
    ...splits.map(({ images }) => html(document, 'td', { class: 'count' }, formatCount(images))),
    html(document, 'td', {}),
  );
  const left = classes.length - mostClasses;
  const caption =
    left > 0
      ? l10n.t('The first {0} of {1}', mostClasses, formatCount(classes.length))
      : l10n.t('Images of every class');
  const table = html(
    document,
    'table',
    { id: 'sheet' },
    html(document, 'caption', {}, caption),
    html(document, 'thead', {}, head),
    html(document, 'tbody', {}, ...rows),
    html(document, 'tfoot', {}, total),
  );
  table.style.setProperty('--splits', `${splits.length}`);
  return html(document, 'div', { class: 'table-frame' }, table);
}

function countCell(document: Document, count: number, most: number): HTMLElement {
  const bar = html(document, 'div', { class: 'count-bar', 'aria-hidden': 'true' });
  bar.style.width = `${(100 * count) / most}%`;
  return html(document, 'td', { class: 'count', 'data-value': count }, formatCount(count), bar);
}

function pictureOf(
  document: Document,
  inspection: Inspection,
  example: InspectionExample,
  { width, height }: { readonly width: number; readonly height: number },
): HTMLElement {
  const words = `${placeOf(example)}, ${labelsOf(inspection, example.classes)}`;
  const canvas = html(document, 'canvas', { width, height, role: 'img', 'aria-label': words, title: words });
  draw(canvas, example.pixels, width, height);
  return canvas;
}

/** `pixels`: RGB bytes in base64. */
function draw(canvas: HTMLCanvasElement, pixels: string, width: number, height: number): void {
  const context = canvas.getContext('2d');
  const bytes = atob(pixels);
  if (!context || bytes.length !== 3 * width * height) return;
  const image = context.createImageData(width, height);
  for (let i = 0, at = 0; at < bytes.length; i += 4) {
    image.data[i] = bytes.charCodeAt(at++);
    image.data[i + 1] = bytes.charCodeAt(at++);
    image.data[i + 2] = bytes.charCodeAt(at++);
    image.data[i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
