/** `repsim landscape`: slices and planes of the loss around checkpoints. */
import { landscape } from '../core/landscape/landscape';
import type { LandscapeRequest, LandscapeResult } from '../protocol/landscape';
import type { Job, JobOptions } from './job';
import { alignColumns } from './runTable';

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

const figure = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : Number(value.toPrecision(4)).toString();

function sliceTable({ x, models, loss, accuracy }: LandscapeResult): string {
  const heads = models.flatMap((_, m) => [`loss ${m + 1}`, `accuracy ${m + 1}`]);
  const rows = x.map((at, column) => [
    figure(at),
    ...models.flatMap((_, m) => [figure(loss[m]![0]![column]), figure(accuracy[m]![0]![column])]),
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
        figure(y[row]),
        ...columns.map((column) => figure(loss[m]![row]![column])),
      ]);
      return `${model}\n${alignColumns([['y \\ x', ...columns.map((column) => figure(x[column]))], ...rows])}`;
    })
    .join('\n');
}

function marksTable({ marks }: LandscapeResult): string {
  const rows = marks.map(({ label, x, y, distance, loss, checkpoint }) => [
    label,
    ...[x, y, distance, loss].map(figure),
    checkpoint,
  ]);
  return alignColumns([['checkpoint', 'x', 'y', 'distance', 'loss', ''], ...rows]);
}
