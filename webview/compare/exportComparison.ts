/** What the Export menu saves: the charts as a picture, the values as a table, or the result as the engine gave it. */
import type { CompareResult } from '../../src/protocol/compare';
import type { ExportFormat, SaveMessage } from '../../src/protocol/panelExport';
import { displayName } from '../shared/charts/displayName';
import { composeFigure, svgToPng } from '../shared/export';
import type { CompareView } from './compareView';

export async function exportComparison(
  view: CompareView,
  format: ExportFormat,
): Promise<SaveMessage | undefined> {
  const result = view.current?.result;
  if (!result) return undefined;
  switch (format) {
    case 'json':
      return text(format, JSON.stringify(result, null, 2));
    case 'csv':
      return text(format, comparisonTable(result));
    case 'svg':
    case 'png': {
      const measured = view.headings;
      const heading = [`A ${displayName(result.a, 60)}`, `B ${displayName(result.b, 60)}`, ...measured];
      const svg = view.withPictures((pictures) => composeFigure(pictures, heading));
      if (format === 'svg') return text(format, svg.text);
      return { type: 'save', format, content: await svgToPng(svg), base64: true };
    }
    default:
      return format satisfies never;
  }
}

/** One row for every measure and pair of layers; empty where the measure is undefined. */
export function comparisonTable(result: CompareResult): string {
  const rows = Object.entries(result.measures).flatMap(([id, { matrix, layersA, layersB }]) =>
    matrix.flatMap((values, row) =>
      values.map((value, column) => [
        id,
        (layersA ?? result.layersA)[row] ?? '',
        (layersB ?? result.layersB)[column] ?? '',
        value === null ? '' : String(value),
      ]),
    ),
  );
  const lines = [['measure', 'layer_a', 'layer_b', 'value'], ...rows];
  return `${lines.map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
}

/** RFC 4180; a name that a spreadsheet would take for a formula gets a quote before it. */
function quoted(cell: string): string {
  const number = cell !== '' && Number.isFinite(Number(cell));
  const safe = !number && /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function text(format: ExportFormat, content: string): SaveMessage {
  return { type: 'save', format, content, base64: false };
}
