/** What the Export menu saves: the charts as a picture, the values as a table, or the result as the engine gave it. */
import type { CompareResult } from '../../src/protocol/compare';
import type { ExportFormat, SaveMessage } from '../../src/protocol/panelExport';
import { displayName } from '../shared/charts/displayName';
import { csvText } from '../shared/csv';
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
function comparisonTable(result: CompareResult): string {
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
  return csvText([['measure', 'layer_a', 'layer_b', 'value'], ...rows]);
}

function text(format: ExportFormat, content: string): SaveMessage {
  return { type: 'save', format, content, base64: false };
}
