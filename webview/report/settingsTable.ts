/** Settings, data, runtime and versions of runs side by side; paths are shortened to their last part. */
import { baseName } from '../../src/protocol/baseName';
import { displayName } from '../shared/charts/displayName';
import { formatCount } from '../shared/charts/format';
import type { DataTable } from '../shared/dataTable';
import type { ReportRun } from './report';

const paths = new Set(['checkpoint', 'data', 'oldData', 'out']);
const maxRows = 120;

export function settingsTable(runs: readonly ReportRun[]): DataTable {
  const columns = runs.map(({ manifest }) => entriesOf(manifest));
  const names = [...new Set(columns.flatMap((entries) => [...entries.keys()]))].slice(0, maxRows);
  return {
    caption: 'As the runs recorded them',
    columns: ['Setting', ...runs.map(({ name }) => displayName(name))],
    rows: names.map((name) => [displayName(name), ...columns.map((entries) => entries.get(name) ?? '–')]),
  };
}

function entriesOf(manifest: ReportRun['manifest']): Map<string, string> {
  if (!manifest) return new Map();
  const { settings, runtime, model, data, versions } = manifest;
  const { train, val, test } = data.splits;
  const entries: [string, string][] = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === 'string' && paths.has(name) ? baseName(value) : String(value),
  ]);
  entries.push(
    ['runtime used', `${runtime.name}, ${runtime.device}`],
    [
      'model',
      `${model.architecture}, ${model.layers.length} layers, ${formatCount(model.parameters)} parameters`,
    ],
    ['images (training / validation / test)', [train, val, test].map(formatCount).join(' / ')],
    [
      'classes',
      data.classes
        .slice(0, 20)
        .map((name) => displayName(name, 20))
        .join(', '),
    ],
    ['data fingerprint', displayName(data.fingerprint, 24)],
    ['images left out', String(data.skipped)],
    ['run', manifest.id],
    ['started', manifest.createdAt],
    ...Object.entries(versions).map(([name, version]): [string, string] => [`version of ${name}`, version]),
  );
  return new Map(entries.map(([name, value]) => [name, displayName(value, 80)]));
}
