/** Results that were computed before, read from the run folders and the workspace, where the engine keeps them. */
import path from 'node:path';
import type * as z from 'zod';
import { newestJson, readJson } from '../../protocol/boundedFile';
import { type LandscapeResult, landscapeFolder, landscapeResult } from '../../protocol/landscape';
import type { LandscapeChoice } from '../../protocol/landscapePanel';
import { analysisLimit } from '../../protocol/runFiles';
import { type SharpnessResult, sharpnessFolder, sharpnessResult } from '../../protocol/sharpness';
import { analysedModel } from './analysedModel';

/** Older ones than so many are not looked at. */
const mostFiles = 60;

/** The newest that fits the choice. */
export async function keptLandscape(
  choice: LandscapeChoice,
  workspace: string,
): Promise<LandscapeResult | undefined> {
  const files = await filesOf(choice, workspace, 'landscape', landscapeFolder);
  for (const file of files) {
    const result = await read(file, landscapeResult);
    if (result?.complete && fitsLandscape(result, choice)) return result;
  }
  return undefined;
}

/** The newest of each checkpoint, null where there is none. */
export async function keptSharpness(
  choice: LandscapeChoice,
  workspace: string,
): Promise<(SharpnessResult | null)[]> {
  const files = await filesOf(choice, workspace, 'sharpness', sharpnessFolder);
  const found = choice.checkpoints.map((): SharpnessResult | null => null);
  for (const file of files) {
    if (!found.includes(null)) break;
    const result = await read(file, sharpnessResult);
    if (!result || !fitsData(result.data, choice) || result.parameters.selected !== 'all') continue;
    choice.checkpoints.forEach((checkpoint, i) => {
      if (isAt(result.checkpoint, checkpoint)) found[i] ??= result;
    });
  }
  return found;
}

function fitsLandscape(result: LandscapeResult, choice: LandscapeChoice): boolean {
  if (result.axes !== choice.axes || result.dims !== choice.dims || !fitsData(result.data, choice))
    return false;
  const own = choice.axes === 'random' || choice.axes === 'hessian';
  const places = own
    ? result.models
    : [...result.models, ...result.marks.map(({ checkpoint }) => checkpoint)];
  if (own && places.length !== choice.checkpoints.length) return false;
  return choice.checkpoints.every((checkpoint, i) =>
    own ? isAt(places[i], checkpoint) : places.some((place) => isAt(place, checkpoint)),
  );
}

function fitsData(data: string, choice: LandscapeChoice): boolean {
  return choice.data === undefined || choice.data === data;
}

/** Whether the place is the checkpoint, or a checkpoint of the run. */
function isAt(place: string, checkpoint: string): boolean {
  return place === checkpoint || place.startsWith(checkpoint + path.sep);
}

async function read<Result>(file: string, schema: z.ZodType<Result>): Promise<Result | undefined> {
  return schema.safeParse(await readJson(file, analysisLimit)).data;
}

/** The newest first. */
async function filesOf(
  { checkpoints }: LandscapeChoice,
  workspace: string,
  prefix: string,
  folder: string,
): Promise<string[]> {
  const models = await Promise.all(checkpoints.map(analysedModel));
  const runs = new Set(models.flatMap(({ run }) => run ?? []));
  const places = [
    ...[...runs].map((run) => ({ folder: path.join(run, 'results'), prefix: `${prefix}-` })),
    { folder: path.join(workspace, folder), prefix: '' },
  ];
  return newestJson(places, mostFiles);
}
