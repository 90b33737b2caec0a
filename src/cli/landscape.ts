/** `repsim landscape`: slices and planes of the loss around checkpoints. */
import { landscape } from '../core/landscape/landscape';
import type { LandscapeRequest, LandscapeResult } from '../protocol/landscape';
import type { Job, JobOptions } from './job';
import { alignColumns, figureText } from './textTable';

export type LandscapeOptions = Partial<Omit<LandscapeRequest, 'checkpoints'>>;

export async function landscapeCommand(
  checkpoints: readonly string[],
  options: LandscapeOptions & JobOptions,
  job: Job,
): Promise<LandscapeResult> {
  const { json: _json, ...given } = options;
  const context = { workspace: process.cwd(), signal: job.signal, onProgress: job.report };
  const result = await landscape({ ...given, checkpoints: [...checkpoints] }, context);
  for (const note of result.notes) job.say(`Note: ${note}`);
  if (result.why !== undefined) job.say(`Note: ${result.why}.`);
  job.say(`Loss on ${result.n} ${result.split} images; x: ${result.xAxis.label} (${result.xAxis.unit}).`);
  if (result.yAxis) job.say(`y: ${result.yAxis.label} (${result.yAxis.unit}), downwards.`);
  job.say(result.dims === 1 ? sliceTable(result) : planeTables(result));
  job.say(marksTable(result));
  return result;
}

function sliceTable({ x, models, loss, accuracy }: LandscapeResult): string {
  const heads = models.flatMap((_, m) => [`loss ${m + 1}`, `accuracy ${m + 1}`]);
  const rows = x.map((at, column) => [
    figureText(at),
    ...models.flatMap((_, m) => [figureText(loss[m]![0]![column]), figureText(accuracy[m]![0]![column])]),
  ]);
  return alignColumns([['x', ...heads], ...rows]);
}

/** Every model's plane; a terminal has room for some of the columns and rows. */
function planeTables({ x, y, models, loss }: LandscapeResult): string {
  const shown = (count: number): number[] => {
    const every = Math.ceil(count / 11);
    const middle = Math.floor((count - 1) / 2);
    return Array.from({ length: count }, (_, i) => i).filter((i) => (i - middle) % every === 0);
  };
  const columns = shown(x.length);
  return models
    .map((model, m) => {
      const rows = shown(y.length).map((row) => [
        figureText(y[row]),
        ...columns.map((column) => figureText(loss[m]![row]![column])),
      ]);
      return `${model}\n${alignColumns([['y \\ x', ...columns.map((column) => figureText(x[column]))], ...rows])}`;
    })
    .join('\n');
}

function marksTable({ marks }: LandscapeResult): string {
  const rows = marks.map(({ label, x, y, distance, loss, checkpoint }) => [
    label,
    ...[x, y, distance, loss].map(figureText),
    checkpoint,
  ]);
  return alignColumns([['checkpoint', 'x', 'y', 'distance', 'loss', ''], ...rows]);
}
