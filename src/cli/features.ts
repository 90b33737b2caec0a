/** `repsim features`: the representations of every layer of one model, written to a file. */

import { type FeaturesRequest, type FeaturesResult, features } from '../core/compare/features';
import { RequestError } from '../core/errors';
import type { Job, JobOptions } from './job';

export type FeaturesOptions = Omit<FeaturesRequest, 'checkpoint' | 'data' | 'out'> &
  JobOptions & { readonly data?: string; readonly out?: string };

export async function featuresCommand(
  checkpoint: string,
  { json: _json, data, out, ...options }: FeaturesOptions,
  job: Job,
): Promise<FeaturesResult> {
  if (data === undefined) throw new RequestError('Name the images with --data.');
  if (out === undefined) throw new RequestError('Name the file to write with --out, .safetensors or .npz.');
  const result = await features(
    { ...options, checkpoint, data, out },
    { workspace: process.cwd(), signal: job.signal, onProgress: job.report },
  );
  for (const note of result.notes) job.say(`Note: ${note}`);
  for (const { name, shape } of result.arrays) job.say(`  ${name} [${shape.join(', ')}]`);
  job.say(`${result.n} images, written to ${result.out}`);
  return result;
}
