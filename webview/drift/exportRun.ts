/** What the Export menu saves: the charts as a picture, the values as a table, or the run as it was received. */
import type { DriftSnapshot } from '../../src/protocol/drift';
import type { ExportFormat, SaveMessage } from '../../src/protocol/panelExport';
import { displayName } from '../shared/charts/displayName';
import { composeFigure, svgToPng } from '../shared/export';
import type { RunRecord } from '../shared/runRecord';
import { measureName } from '../shared/similarityCharts';
import type { DriftView } from './driftView';
import { runTable } from './runTable';

export async function exportRun(view: DriftView, format: ExportFormat): Promise<SaveMessage | undefined> {
  const { current } = view;
  if (!current) return undefined;
  const { snapshot, record, samples } = current;
  switch (format) {
    case 'json':
      return text(format, JSON.stringify(whole(snapshot), null, 2));
    case 'csv':
      return text(format, runTable(record));
    case 'svg':
    case 'png': {
      const svg = composeFigure(view.pictures, [displayName(snapshot.name, 80), heading(record, samples)]);
      if (format === 'svg') return text(format, svg.text);
      return { type: 'save', format, content: await svgToPng(svg), base64: true };
    }
    default:
      return format satisfies never;
  }
}

function heading(record: RunRecord, samples: 'cls' | 'mean'): string {
  return record.probes.length > 0 ? measureName(record, samples) : '';
}

function whole({ name, state, manifest, events, result }: DriftSnapshot) {
  return { name, state, manifest, events, result };
}

function text(format: ExportFormat, content: string): SaveMessage {
  return { type: 'save', format, content, base64: false };
}
