/** What a run's folder keeps of its finetuned model besides its own figures: sharpness in full, and landscapes of the loss. */
import path from 'node:path';
import { newestJson, readJson } from '../../protocol/boundedFile';
import { type LandscapeResult, landscapeResult } from '../../protocol/landscape';
import { analysisLimit } from '../../protocol/runFiles';
import { finalCheckpoint } from '../../protocol/runs';
import { type SharpnessResult, sharpnessResult } from '../../protocol/sharpness';

export interface RunAnalyses {
  /** The newest of all parameters. */
  readonly sharpness: SharpnessResult | undefined;
  /** Whole ones: the newest slice and the newest plane. */
  readonly landscapes: readonly LandscapeResult[];
}

/** Older ones than so many are not looked at. */
const mostFiles = 20;

export async function readAnalyses(run: string): Promise<RunAnalyses> {
  const results = path.join(run, 'results');
  const files = (prefix: string) => newestJson([{ folder: results, prefix }], mostFiles);
  let sharpness: SharpnessResult | undefined;
  for (const file of await files('sharpness-')) {
    const { data } = sharpnessResult.safeParse(await readJson(file, analysisLimit));
    if (data && isFinal(data.checkpoint) && data.parameters.selected === 'all') sharpness ??= data;
    if (sharpness) break;
  }
  const landscapes = new Map<number, LandscapeResult>();
  for (const file of await files('landscape-')) {
    const { data } = landscapeResult.safeParse(await readJson(file, analysisLimit));
    if (data?.complete && isFinal(data.models[0]) && !landscapes.has(data.dims))
      landscapes.set(data.dims, data);
    if (landscapes.size === 2) break;
  }
  return { sharpness, landscapes: [...landscapes.values()].sort((a, b) => a.dims - b.dims) };
}

/** The folder of the run may have been moved since: only the end of the path tells. */
function isFinal(checkpoint: string | undefined): boolean {
  return checkpoint?.replaceAll('\\', '/').endsWith(`/${finalCheckpoint}`) ?? false;
}
