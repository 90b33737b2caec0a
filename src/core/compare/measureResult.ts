/** A table of similarities as programs and panels read it. */
import type { MeasureResult } from '../../protocol/compare';
import type { Measure } from '../similarity/measure';
import type { SimilarityTable } from '../similarity/streaming/pairTerms';
import type { Sides } from '../similarity/streaming/products';

/** `part`: the rows that the measure was computed on, where they are a part of all. */
export function measureResult(
  { larger }: Measure,
  table: SimilarityTable,
  names: Sides<string>,
  part?: { readonly n: number; readonly of: number; readonly seed: number },
): MeasureResult {
  const cells = table.flatMap((row, i) =>
    row.map((similarity, j) => ({ a: names.a[i]!, b: names.b[j]!, similarity })),
  );
  const why = cells.flatMap(({ a, b, similarity }) =>
    similarity.value === null ? [{ a, b, why: similarity.why }] : [],
  );
  const said = cells.flatMap(({ similarity }) =>
    similarity.value !== null && similarity.note !== undefined ? [similarity.note] : [],
  );
  const notes = [
    ...(part ? [`on ${part.n} of ${part.of} samples, drawn with seed ${part.seed}`] : []),
    ...new Set(said),
  ];
  return {
    matrix: table.map((row) => row.map(({ value }) => value)),
    larger,
    ...(part && { n: part.n }),
    ...(why.length > 0 && { why }),
    ...(notes.length > 0 && { notes }),
  };
}
