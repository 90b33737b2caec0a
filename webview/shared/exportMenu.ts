/** A button that opens a menu of the formats the panel can be saved in. Arrow keys move, Escape closes. */
import * as l10n from '@vscode/l10n';
import { type ExportFormat, exportFormats } from '../../src/protocol/panelExport';
import { button } from './controls';
import { html } from './html';

const labels: Record<ExportFormat, () => string> = {
  svg: () => l10n.t('Charts as SVG'),
  png: () => l10n.t('Charts as PNG'),
  csv: () => l10n.t('Values as CSV'),
  json: () => l10n.t('Everything as JSON'),
};

export function exportMenu(document: Document, onChoose: (format: ExportFormat) => void): HTMLElement {
  const items = exportFormats.map((format) =>
    html(
      document,
      'button',
      { type: 'button', role: 'menuitem', tabindex: -1, 'data-format': format },
      labels[format](),
    ),
  );
  const menu = html(
    document,
    'div',
    { class: 'menu', role: 'menu', 'aria-label': l10n.t('Export'), hidden: true },
    ...items,
  );
  const opener = button(document, 'export', l10n.t('Export'), 'secondary', () =>
    toggle(menu.hasAttribute('hidden')),
  );
  opener.setAttribute('aria-haspopup', 'menu');
  opener.setAttribute('aria-expanded', 'false');
  const element = html(document, 'div', { class: 'export' }, opener, menu);

  function toggle(open: boolean): void {
    menu.hidden = !open;
    opener.setAttribute('aria-expanded', String(open));
    if (open) items[0]!.focus();
  }

  for (const item of items) {
    item.addEventListener('click', () => {
      toggle(false);
      opener.focus();
      onChoose(item.dataset.format as ExportFormat);
    });
  }
  menu.addEventListener('keydown', (event) => {
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      items[(at + step + items.length) % items.length]!.focus();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      toggle(false);
      opener.focus();
    }
  });
  element.addEventListener('focusout', (event) => {
    if (!element.contains(event.relatedTarget as Node | null)) toggle(false);
  });
  return element;
}
