/** What the Export menu saves: the charts as a picture, the points as a table, or all results as the engine gave them. */
import type { LandscapeSnapshot } from '../../src/protocol/landscapePanel';
import type { ExportFormat, SaveMessage } from '../../src/protocol/panelExport';
import { csvText } from '../shared/csv';
import { composeFigure, svgToPng } from '../shared/export';
import type { LandscapeView } from './landscapeView';
import { surfaceNames } from './quantities';

export async function exportLandscape(
  view: LandscapeView,
  format: ExportFormat,
): Promise<SaveMessage | undefined> {
  const snapshot = view.current;
  if (!snapshot) return undefined;
  switch (format) {
    case 'json': {
      const { landscape, sharpness } = snapshot;
      const all = { landscape: landscape.result ?? null, sharpness: sharpness.results };
      return text(format, JSON.stringify(all, null, 2));
    }
    case 'csv':
      return text(format, pointsTable(snapshot));
    case 'svg':
    case 'png': {
      const svg = composeFigure(view.pictures, view.heading);
      if (format === 'svg') return text(format, svg.text);
      return { type: 'save', format, content: await svgToPng(svg), base64: true };
    }
    default:
      return format satisfies never;
  }
}

/** One row for every model, split and point; empty where there is no value. */
function pointsTable({ landscape: { result }, names }: LandscapeSnapshot): string {
  const lines: string[][] = [['model', 'split', 'x', 'y', 'loss', 'accuracy']];
  if (!result) return csvText(lines);
  const surfaces = surfaceNames(result, names);
  for (const { split, loss, accuracy } of [result, ...(result.others ?? [])]) {
    loss.forEach((grid, model) => {
      grid.forEach((row, r) => {
        row.forEach((value, c) => {
          const cells = [result.x[c], result.y[r], value, accuracy[model]?.[r]?.[c]];
          lines.push([surfaces[model] ?? '', split, ...cells.map((cell) => (cell ?? '').toString())]);
        });
      });
    });
  }
  return csvText(lines);
}

function text(format: ExportFormat, content: string): SaveMessage {
  return { type: 'save', format, content, base64: false };
}
