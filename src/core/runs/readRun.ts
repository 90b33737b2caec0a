/** Reading a run directory, whoever wrote it and however far it got. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { leaseState, processExists, thisMachine } from '../../protocol/lease';
import { readLease } from '../../protocol/leaseFiles';
import {
  eventsFile,
  type FinetuneResult,
  finetuneResult,
  manifestFile,
  parseRunEvent,
  type RunEvent,
  type RunManifest,
  type RunState,
  resultFile,
  runManifest,
  runState,
} from '../../protocol/runs';
import { UserError } from '../errors';

export interface Run {
  readonly path: string;
  readonly manifest: RunManifest;
  readonly events: readonly RunEvent[];
  readonly result: FinetuneResult | undefined;
  readonly state: RunState;
}

/** Throws a UserError when the folder is no run, or was written by a later version. A cut-off last event is left out. */
export async function readRun(folder: string): Promise<Run> {
  const text = await readOptional(path.join(folder, manifestFile));
  if (text === undefined) {
    throw new UserError(`${folder} is not a run: it has no ${manifestFile}.`);
  }
  const manifest = runManifest.safeParse(parseJson(text));
  if (!manifest.success) {
    const where = manifest.error.issues[0]?.path.join('.') || 'the whole file';
    throw new UserError(
      `${path.join(folder, manifestFile)} is damaged or of another version of RepSim (${where}): the run cannot be read.`,
    );
  }
  const lines = ((await readOptional(path.join(folder, eventsFile))) ?? '').split('\n');
  const events = lines.map(parseRunEvent).filter((event) => event !== undefined);
  const result = await readOptional(path.join(folder, resultFile));
  return {
    path: folder,
    manifest: manifest.data,
    events,
    result: result === undefined ? undefined : finetuneResult.safeParse(parseJson(result)).data,
    state: runState(events, await isAlive(folder, manifest.data)),
  };
}

async function readOptional(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EACCES') throw new UserError(`${file} may not be read: check its permissions.`);
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a process works on the run. One that has no lease was written by an early version: its process is looked for. */
async function isAlive(folder: string, { pid }: RunManifest): Promise<boolean> {
  const lease = await readLease(folder);
  return lease ? leaseState(lease, thisMachine()) === 'held' : processExists(pid);
}
