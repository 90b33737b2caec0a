/** What each further run of a report changed against the first, and what forbids to quote it. */
import { changeBetween, lossWarnings } from '../../src/protocol/comparison';
import { displayName } from '../shared/charts/displayName';
import { formatChange, formatValue } from '../shared/charts/format';
import { html } from '../shared/html';
import type { NamedResult } from '../shared/resultTables';

export function changeCards(document: Document, [base, ...others]: readonly NamedResult[]): HTMLElement[] {
  if (!base) return [];
  const cards = others.flatMap((other) => {
    const change = changeBetween(base.result, other.result);
    const points = change.accuracy === null ? '–' : `${formatSigned(100 * change.accuracy)} points`;
    const [before, after] = [base.result, other.result];
    return [
      html(document, 'h3', {}, `${displayName(other.name)} against ${displayName(base.name)}`),
      html(
        document,
        'dl',
        { class: 'cards' },
        card(
          document,
          'Similarity, final layer',
          formatChange(change.similarity),
          `${formatValue(before.similarity.final)} → ${formatValue(after.similarity.final)}`,
        ),
        card(
          document,
          'Held-out sharpness, SAM worst case',
          formatChange(change.sharpness),
          `${formatValue(before.sharpness.heldOut.samWorstCase)} → ${formatValue(after.sharpness.heldOut.samWorstCase)}`,
        ),
        card(
          document,
          'Balanced accuracy',
          points,
          `${formatValue(before.test.balancedAccuracy)} → ${formatValue(after.test.balancedAccuracy)}`,
        ),
      ),
    ];
  });
  return cards.length === 0 ? [] : [html(document, 'h2', {}, 'What changed'), ...cards];
}

export function warnings(document: Document, [base, ...others]: readonly NamedResult[]): HTMLElement[] {
  if (!base) return [];
  return others.flatMap((other) =>
    lossWarnings(base.result, other.result).map((warning) =>
      html(
        document,
        'p',
        { class: 'warning' },
        `${displayName(other.name)} against ${displayName(base.name)}. ${warning}`,
      ),
    ),
  );
}

function card(document: Document, name: string, value: string, from: string): HTMLElement {
  return html(
    document,
    'div',
    {},
    html(document, 'dt', {}, name),
    html(document, 'dd', {}, value, html(document, 'small', {}, from)),
  );
}

function formatSigned(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(1).replace('-', '−')}`;
}
