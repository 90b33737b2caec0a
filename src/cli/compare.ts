/** `repsim compare`: how alike the layers of two models are. */
import { compare } from '../core/compare/compare';
import type { CompareRequest, CompareResult, MeasureResult } from '../protocol/compare';
import type { Job, JobOptions } from './job';
import { alignColumns } from './textTable';

export type CompareOptions = Omit<CompareRequest, 'a' | 'b'> & JobOptions;

export async function compareCommand(
  a: string,
  b: string | undefined,
  { json: _json, ...options }: CompareOptions,
  job: Job,
): Promise<CompareResult> {
  const result = await compare(
    { ...options, a, ...(b !== undefined && { b }) },
    { workspace: process.cwd(), signal: job.signal, onProgress: job.report },
  );
  for (const note of result.notes) job.say(`Note: ${note}`);
  job.say(`A: ${result.a}\nB: ${result.b}\n${result.n} samples (${result.samples})`);
  for (const [id, measure] of Object.entries(result.measures)) job.say(`\n${table(id, measure, result)}`);
  return result;
}

/** For every layer of A its namesake in B, or the layer at the same place, and the most similar layer of B. */
function table(id: string, measure: MeasureResult, result: CompareResult): string {
  const { matrix, larger } = measure;
  const [rows, columns] = [measure.layersA ?? result.layersA, measure.layersB ?? result.layersB];
  const lines = rows.map((name, i) => {
    const values = matrix[i]!;
    const partner = columns.includes(name) ? columns.indexOf(name) : i < columns.length ? i : undefined;
    const best = bestOf(values, larger);
    return [
      `  ${name}`,
      partner === undefined ? '' : columns[partner]!,
      partner === undefined ? '' : shown(values[partner]!),
      best === undefined ? '' : columns[best]!,
      best === undefined ? '' : shown(values[best]!),
    ];
  });
  const reasons = [...new Set(measure.why?.map(({ why }) => why) ?? [])];
  return [
    `${id}, larger is ${larger}`,
    alignColumns([['  A', 'B', '', 'most similar', ''], ...lines]),
    ...(measure.notes ?? []).map((note) => `  Note: ${note}`),
    ...reasons.slice(0, 5).map((why) => `  Not defined: ${why}`),
  ].join('\n');
}

function bestOf(values: readonly (number | null)[], larger: MeasureResult['larger']): number | undefined {
  const sign = larger === 'more similar' ? 1 : -1;
  let best: number | undefined;
  values.forEach((value, j) => {
    if (value !== null && (best === undefined || sign * value > sign * values[best]!)) best = j;
  });
  return best;
}

function shown(value: number | null): string {
  return value === null ? 'not defined' : value.toFixed(4);
}
