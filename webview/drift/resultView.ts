/** The figures of a finished run: test images, similarity of every layer, sharpness, and what is missing and why. */
import * as l10n from '@vscode/l10n';
import type { FinetuneResult } from '../../src/protocol/runs';
import { tableElement } from '../shared/dataTable';
import { html } from '../shared/html';
import { layerTable, reasons, sharpnessTable, testTable } from '../shared/resultTables';

export function resultView(document: Document, result: FinetuneResult): HTMLElement {
  const runs = [{ name: l10n.t('Value'), result }];
  const tables = [testTable(runs), layerTable(runs), sharpnessTable(result)];
  const missing = reasons(result);
  return html(
    document,
    'section',
    { id: 'result', 'aria-label': l10n.t('Result') },
    html(document, 'h2', {}, l10n.t('Result')),
    html(document, 'div', { class: 'tables' }, ...tables.map((table) => tableElement(document, table))),
    html(
      document,
      'p',
      { class: 'muted' },
      l10n.t(
        'Sharpness is small wherever the loss is near zero: read it together with the cross-entropy on the same images.',
      ),
    ),
    ...(missing.length > 0
      ? [
          html(
            document,
            'ul',
            { class: 'messages' },
            ...missing.map((text) => html(document, 'li', { class: 'note' }, text)),
          ),
        ]
      : []),
  );
}
