/** Writing a run directory: the manifest first, then events, checkpoints under temporary names, results. */
import { access, constants, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { leaseFolder } from '../../protocol/lease';
import {
  eventsFile,
  type FinetuneResult,
  manifestFile,
  type RunEvent,
  type RunManifest,
  resultFile,
} from '../../protocol/runs';
import { UserError } from '../errors';
import { previousFolder, replaceFile, replaceFolder } from '../formats/replaceFile';
import { type EventLog, openEventLog } from './eventLog';
import { explainWriteError, writingTo } from './fileErrors';
import type { HeldRun } from './holdRun';
import { homeFolder, makeHome } from './home';
import { runId } from './runId';

/** An event as the writer gives it: the directory adds the time. */
export type NewRunEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'time'> : never) : never;

export interface RunDirectory {
  /** Absolute path. */
  readonly path: string;
  readonly id: string;
  /** Throws a UserError that names the folder when an earlier event could not be written, or when another process has the run. */
  append(event: NewRunEvent): void;
  flush(): Promise<void>;
  /**
   * Puts a folder in place whole: `write` fills a temporary folder, which then takes the name `name` (relative to the run).
   * A folder of that name is replaced; whatever `write` throws leaves it as it was.
   */
  replaceFolder(name: string, write: (temporary: string) => Promise<void>): Promise<string>;
  removeFolder(name: string): Promise<void>;
  writeResult(result: FinetuneResult): Promise<void>;
  /** Replaces the manifest, where the run turned out other than it began. */
  writeManifest(manifest: RunManifest): Promise<void>;
  close(): Promise<void>;
}

export interface RunPlace {
  readonly path: string;
  readonly id: string;
  /** False where the person had made the folder before. */
  readonly made: boolean;
}

/**
 * Chooses and makes the folder of a new run: `out` if given (it must be empty or absent), else `.repsim/runs/<id>` in the
 * workspace. Throws a UserError when it cannot be written to, so ask before the long work.
 */
export async function makeRunFolder(
  workspace: string,
  settings: { readonly out?: string | undefined; readonly method: string; readonly data: string },
  now: Date = new Date(),
): Promise<RunPlace> {
  if (settings.out !== undefined) {
    const folder = path.resolve(workspace, settings.out);
    const made = await writingTo(folder, () => mkdir(folder, { recursive: true }));
    const present = await writingTo(folder, () => readdir(folder));
    if (present.length > 0) {
      throw new UserError(`${folder} is not empty: choose a new folder for the run with --out.`);
    }
    await writingTo(folder, () => access(folder, constants.W_OK));
    return { path: folder, id: path.basename(folder), made: made !== undefined };
  }
  const runs = path.join(workspace, homeFolder, 'runs');
  return writingTo(runs, async () => {
    await makeHome(workspace);
    await mkdir(runs, { recursive: true });
    for (let attempt = 0; ; attempt++) {
      const id = runId(now, settings.method, settings.data, attempt);
      try {
        await mkdir(path.join(runs, id));
        return { path: path.join(runs, id), id, made: true };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
  });
}

/** Removes the folder of a run that came to nothing before it was written to; its lease must have been released. */
export async function removeIfEmpty({ path: folder, made }: RunPlace): Promise<void> {
  const [only, ...more] = await readdir(folder).catch(() => []);
  if (only === leaseFolder && more.length === 0) {
    await rm(path.join(folder, leaseFolder), { recursive: true, force: true }).catch(() => undefined);
  }
  if (made) await rmdir(folder).catch(() => undefined);
}

/** Writes the manifest and opens the event log of a run whose lease is held; for a run that is resumed, its manifest with the new process in it. */
export async function openRunDirectory(
  folder: string,
  manifest: RunManifest,
  lease: HeldRun,
  onChanged?: (run: string) => void,
): Promise<RunDirectory> {
  lease.assertHeld();
  let log: EventLog | undefined;
  await writingTo(folder, async () => {
    await writeJson(path.join(folder, manifestFile), manifest);
    log = await openEventLog(path.join(folder, eventsFile), () => onChanged?.(folder));
  });
  const events = log!;
  return {
    path: folder,
    id: manifest.id,
    append(event) {
      lease.assertHeld();
      try {
        events.append({ ...event, time: Date.now() } as RunEvent);
      } catch (error) {
        throw explainWriteError(folder, error);
      }
    },
    flush: () => writingTo(folder, () => events.flush()),
    async replaceFolder(name, write) {
      lease.assertHeld();
      const target = path.join(folder, name);
      await writingTo(folder, () => mkdir(path.dirname(target), { recursive: true }));
      await replaceFolder(target, write);
      return target;
    },
    removeFolder: (name) =>
      writingTo(folder, () => rm(path.join(folder, name), { recursive: true, force: true })),
    writeResult: (result) =>
      writingTo(folder, async () => {
        lease.assertHeld();
        const file = path.join(folder, resultFile);
        await mkdir(path.dirname(file), { recursive: true });
        await writeJson(file, result);
        onChanged?.(folder);
      }),
    writeManifest: (changed) =>
      writingTo(folder, async () => {
        lease.assertHeld();
        await writeJson(path.join(folder, manifestFile), changed);
        onChanged?.(folder);
      }),
    close: () => writingTo(folder, () => events.close()),
  };
}

/** The folder, or what a crash in the middle of its replacement has left of the one before; undefined if there is none. */
export async function folderOrReplaced(folder: string): Promise<string | undefined> {
  for (const candidate of [folder, previousFolder(folder)]) {
    const found = await access(candidate).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}

function writeJson(file: string, value: unknown): Promise<void> {
  return replaceFile(file, (handle) => handle.writeFile(`${JSON.stringify(value, null, 2)}\n`));
}
