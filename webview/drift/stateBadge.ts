/** The state of a run as a shape and a word, so that neither colour nor shape has to be known. */
import * as l10n from '@vscode/l10n';
import type { RunState } from '../../src/protocol/runs';
import { html, picture } from '../shared/html';

const badges: Record<RunState, { readonly text: () => string; readonly paths: readonly string[] }> = {
  preparing: { text: () => l10n.t('Preparing'), paths: ['M8 2a6 6 0 1 1-6 6'] },
  running: { text: () => l10n.t('Running'), paths: ['M8 2a6 6 0 1 1-6 6'] },
  finished: {
    text: () => l10n.t('Finished'),
    paths: ['M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z', 'm5.2 8.2 2 2 3.6-4.2'],
  },
  failed: {
    text: () => l10n.t('Failed'),
    paths: ['M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z', 'm5.8 5.8 4.4 4.4m0-4.4-4.4 4.4'],
  },
  cancelled: { text: () => l10n.t('Cancelled'), paths: ['M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z', 'm4 12 8-8'] },
  interrupted: { text: () => l10n.t('Interrupted'), paths: ['M8 2 1.8 13.5h12.4z', 'M8 6.2v3.6m0 1.7v.2'] },
};

export function stateBadge(document: Document, state: RunState): HTMLElement {
  const { text, paths } = badges[state];
  const icon = picture(document);
  icon.setAttribute('viewBox', '0 0 16 16');
  icon.setAttribute('width', '16');
  icon.setAttribute('height', '16');
  icon.setAttribute('aria-hidden', 'true');
  for (const d of paths) {
    const path = document.createElementNS(icon.namespaceURI, 'path');
    path.setAttribute('d', d);
    icon.append(path);
  }
  return html(document, 'span', { id: 'state', class: 'state', 'data-state': state }, icon, text());
}
