/** Results that are kept by what they were computed from, in the run that they belong to or beside the runs. */
import { createHash } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type * as z from 'zod';
import { readJson } from '../../protocol/boundedFile';
import { analysisLimit } from '../../protocol/runFiles';
import { manifestFile } from '../../protocol/runs';
import { replaceFile } from '../formats/replaceFile';
import { homeFolder, makeHome } from './home';

/** Where results of one kind are kept. */
export interface ResultPlace {
  readonly workspace: string;
  /** The run that they belong to, if to one. */
  readonly run: string | undefined;
  /** Of the workspace, for those that belong to no run. */
  readonly folder: string;
  /** The path in a run, by the hash of what was asked. */
  readonly inRun: (hash: string) => string;
}

/** The file of the result of `asked`, the same for the same content. */
export function resultFile(asked: object, { workspace, run, folder, inRun }: ResultPlace): string {
  const hash = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 32);
  return run === undefined ? path.join(workspace, folder, `${hash}.json`) : path.join(run, inRun(hash));
}

/** The run that a checkpoint folder lies in (`<run>/checkpoints/<name>`), or undefined. */
export async function runAround(checkpointFolder: string): Promise<string | undefined> {
  const parent = path.dirname(checkpointFolder);
  if (path.basename(parent) !== 'checkpoints') return undefined;
  const run = path.dirname(parent);
  return access(path.join(run, manifestFile)).then(
    () => run,
    () => undefined,
  );
}

/** What is kept there; undefined if there is nothing, or nothing that can be read. */
export async function keptResult<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
  return schema.safeParse(await readJson(file, analysisLimit)).data;
}

/** Makes the folder of a result; in a workspace without runs, `.repsim` with it. Throws what the file system throws. */
export async function makeResultFolder(workspace: string, file: string): Promise<void> {
  if (file.startsWith(path.join(workspace, homeFolder) + path.sep)) await makeHome(workspace);
  await mkdir(path.dirname(file), { recursive: true });
}

/** Keeps the result. False where the file system refuses: the work is then done again the next time. */
export async function keepResult(workspace: string, file: string, result: object): Promise<boolean> {
  try {
    await makeResultFolder(workspace, file);
    await replaceFile(file, (handle) => handle.writeFile(`${JSON.stringify(result)}\n`));
    return true;
  } catch {
    return false;
  }
}
