/** `repsim sharpness`: curvature and sharpness of the loss around a checkpoint. */
import { analyseSharpness } from '../core/sharpness/analyseSharpness';
import type { SharpnessRequest, SharpnessResult } from '../protocol/sharpness';
import type { Job, JobOptions } from './job';
import { alignColumns, figureText } from './textTable';

export type SharpnessOptions = Partial<Omit<SharpnessRequest, 'checkpoint'>>;

export async function sharpnessCommand(
  checkpoint: string,
  options: SharpnessOptions & JobOptions,
  job: Job,
): Promise<SharpnessResult> {
  const { json: _json, ...given } = options;
  const context = { workspace: process.cwd(), signal: job.signal, onProgress: job.report };
  const result = await analyseSharpness({ ...given, checkpoint }, context);
  for (const note of result.notes) job.say(`Note: ${note}`);
  if (result.why !== undefined) job.say(`Note: ${result.why}.`);
  job.say(table(result));
  return result;
}

/** Value and how far it may be off. */
const withError = (value: number | null, error: number | null | undefined): [string, string] => [
  figureText(value),
  error === null || error === undefined ? '' : `± ${figureText(error)}`,
];

function table(result: SharpnessResult): string {
  const { topEigenvalues, residuals, smallestEigenvalue, smallestResidual, trace, sam, asam } = result;
  const { average, averageAdaptive, layers = [] } = result;
  const rows: [string, string, string][] = [
    [`${result.n} ${result.split} images, ${result.parameters.count} parameters`, '', ''],
    ['loss', figureText(result.loss), ''],
    ['accuracy', figureText(result.accuracy), ''],
  ];
  topEigenvalues?.forEach((value, i) => {
    rows.push([`eigenvalue ${i + 1}`, ...withError(value, residuals?.[i])]);
  });
  if (smallestEigenvalue !== undefined)
    rows.push(['smallest eigenvalue', ...withError(smallestEigenvalue, smallestResidual)]);
  if (trace) rows.push([`trace (${trace.method})`, ...withError(trace.value, trace.standardError)]);
  if (sam) rows.push([`SAM worst case, rho ${sam.rho}`, figureText(sam.value), '']);
  if (asam) rows.push([`adaptive SAM worst case, rho ${asam.rho}`, figureText(asam.value), '']);
  for (const [name, found] of [
    ['average case', average],
    ['adaptive average case', averageAdaptive],
  ] as const) {
    if (found) rows.push([`${name}, sigma ${found.sigma}`, ...withError(found.value, found.standardError)]);
  }
  for (const layer of layers) {
    rows.push([`${layer.name}: trace`, ...withError(layer.trace, layer.standardError)]);
    rows.push([`${layer.name}: eigenvalue 1`, ...withError(layer.topEigenvalue, layer.residual)]);
  }
  return alignColumns(rows);
}
