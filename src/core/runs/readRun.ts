/** Reading a run directory, whoever wrote it and however far it got. */
import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { readJson, stampOf } from '../../protocol/boundedFile';
import { EventLines } from '../../protocol/eventLines';
import { KeptEvents } from '../../protocol/keptEvents';
import { isWorkedOn, manifestLimit, readResult } from '../../protocol/runFiles';
import {
  eventsFile,
  type FinetuneResult,
  manifestFile,
  type RunEvent,
  type RunManifest,
  type RunState,
  runManifest,
  runState,
} from '../../protocol/runs';
import { UserError } from '../errors';
import { errorCode, reasonOf } from '../formats/fileErrors';

export interface Run {
  readonly path: string;
  readonly manifest: RunManifest;
  /** As many as a picture can show; without the steps that a resumed run did again. */
  readonly events: readonly RunEvent[];
  readonly result: FinetuneResult | undefined;
  readonly state: RunState;
}

/** Throws a UserError when the folder is no run, or was written by a later version. A cut-off last event is left out. */
export async function readRun(folder: string): Promise<Run> {
  const manifest = await manifestOf(folder);
  const kept = new KeptEvents();
  for await (const event of eventsOf(folder)) kept.add(event);
  const events = kept.all();
  const state = runState(events, await isWorkedOn(folder));
  return { path: folder, manifest, events, result: await readResult(folder), state };
}

/** What was asked of the run, without its log, which may be long. Throws as `readRun` does. */
export async function manifestOf(folder: string): Promise<RunManifest> {
  const file = path.join(folder, manifestFile);
  const refused = await access(file, constants.R_OK).catch((error: unknown) => error);
  if (refused) {
    throw new UserError(
      ['ENOENT', 'ENOTDIR'].includes(errorCode(refused) ?? '')
        ? `${folder} is not a run: it has no ${manifestFile}.`
        : `${file} cannot be read: ${reasonOf(refused)}. Check its permissions.`,
    );
  }
  const manifest = runManifest.safeParse(await readJson(file, manifestLimit));
  if (manifest.success) return manifest.data;
  const where = manifest.error.issues[0]?.path.join('.') || 'the whole file';
  throw new UserError(
    `${file} is damaged or of another version of RepSim (${where}): the run cannot be read.`,
  );
}

/** Every event in the log, in the order in which they were written, however long it is. None where there is no log. */
export async function* eventsOf(folder: string): AsyncGenerator<RunEvent> {
  const file = path.join(folder, eventsFile);
  // A pipe or a device would have no end.
  const stamp = await stampOf(file);
  if (!stamp || stamp.size === 0) return;
  const lines = new EventLines();
  for await (const bytes of createReadStream(file, { end: stamp.size - 1 })) yield* lines.take(bytes);
}
