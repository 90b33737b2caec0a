/**
 * Reads and writes leases. Taking over the lease of number n is making the file n + 1, which the file system lets only one process
 * do; nothing is ever renamed or removed on the word of an earlier look. Files of lower numbers are leftovers.
 */
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FoundLease,
  type LeaseRecord,
  leaseFolder,
  leaseRecord,
  leaseState,
  renewInterval,
  thisMachine,
} from './lease';

/** A record is some 250 bytes. */
const longestRecord = 4096;
/** A holder that renews its lease within so long is not silent. */
const watchTime = 2.5 * renewInterval;
/** What others do at the same moment can make an attempt fail. */
const attempts = 8;

export interface Lease {
  /** False once another process has taken the run over, or its folder is gone. */
  readonly held: boolean;
  /** Ends the renewals and lets others have the run. Does not throw. */
  release(): Promise<void>;
}

export interface ClaimOptions {
  /** Milliseconds after which the lease ends by itself, renewed or not. */
  readonly endsAfter?: number;
  readonly signal?: AbortSignal | undefined;
}

/** The lease that counts; undefined where there never was one. */
export async function readLease(run: string): Promise<FoundLease | undefined> {
  for (let attempt = 0; ; attempt++) {
    const number = await highestNumber(run);
    if (number === 0) return undefined;
    const { record, age } = await readRecord(fileOf(run, number));
    if (record || attempt === attempts) return { number, record, age };
    // It is being written, or was followed by another one since the look.
    await sleep(10);
  }
}

async function readRecord(file: string): Promise<Omit<FoundLease, 'number'>> {
  try {
    const found = await stat(file);
    const age = Date.now() - found.mtimeMs;
    if (!found.isFile()) return { record: undefined, age };
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(longestRecord), 0, longestRecord, 0);
      return { record: parse(buffer.toString('utf8', 0, bytesRead)), age };
    } finally {
      await handle.close();
    }
  } catch {
    return { record: undefined, age: 0 };
  }
}

/**
 * Takes the lease on a run and renews it until it is released. `holder`: who has it instead, where its record can be read. Throws what
 * the file system throws, and the reason of `signal`.
 */
export async function claimRun(
  run: string,
  { endsAfter, signal }: ClaimOptions = {},
): Promise<{ lease: Lease } | { holder: LeaseRecord | undefined }> {
  const here = thisMachine();
  const ends = endsAfter === undefined ? {} : { ends: Date.now() + endsAfter };
  const record = (): LeaseRecord => ({
    format: 1,
    pid: process.pid,
    host: here.host,
    processes: here.processes,
    started: here.startOf(process.pid),
    renewed: Date.now(),
    ...ends,
    released: false,
  });
  await mkdir(path.join(run, leaseFolder), { recursive: true });
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const found = await readLease(run);
    const state = found ? leaseState(found, here) : 'free';
    if (found && (state === 'held' || attempt === attempts)) return { holder: found.record };
    if (found && state === 'silent' && !(await staysSilent(run, found, signal))) {
      return { holder: found.record };
    }
    const number = (found?.number ?? 0) + 1;
    if (await create(fileOf(run, number), record())) {
      // Another process may have taken this very number, released it and been followed while we were about to.
      if ((await highestNumber(run)) === number) {
        await removeBelow(run, number);
        return { lease: keepLease(run, number, record) };
      }
      await rm(fileOf(run, number), { force: true });
    }
  }
}

function keepLease(run: string, number: number, record: () => LeaseRecord): Lease {
  const file = fileOf(run, number);
  let held = true;
  let writing: Promise<void> = Promise.resolve();
  const write = async (released: boolean) => {
    if (!held) return;
    try {
      if ((await highestNumber(run)) !== number) held = false;
      else await overwrite(file, { ...record(), released });
    } catch (error) {
      // Other errors may pass; as long as no other process has the run, it is ours.
      if (isMissing(error)) held = false;
    }
  };
  const timer = setInterval(() => {
    writing = writing.then(() => write(false));
  }, renewInterval);
  timer.unref();
  return {
    get held() {
      return held;
    },
    async release() {
      clearInterval(timer);
      await writing;
      await write(true);
      held = false;
    },
  };
}

async function staysSilent(
  run: string,
  found: FoundLease,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  await sleep(watchTime, undefined, { signal }).catch(() => signal?.throwIfAborted());
  const now = await readLease(run);
  return now?.number === found.number && now.record?.renewed === found.record?.renewed;
}

function parse(text: string): LeaseRecord | undefined {
  try {
    return leaseRecord.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function fileOf(run: string, number: number): string {
  return path.join(run, leaseFolder, `${number}.json`);
}

/** 0 where there is none. */
async function highestNumber(run: string): Promise<number> {
  return (await numbers(run)).reduce((most, number) => Math.max(most, number), 0);
}

async function numbers(run: string): Promise<number[]> {
  const names = await readdir(path.join(run, leaseFolder)).catch(() => []);
  return names.flatMap((name) => (/^[1-9]\d{0,8}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
}

async function removeBelow(run: string, number: number): Promise<void> {
  for (const old of await numbers(run)) if (old < number) await rm(fileOf(run, old), { force: true });
}

/** False where the file exists. */
async function create(file: string, record: LeaseRecord): Promise<boolean> {
  try {
    await writeFile(file, textOf(record), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** In place, for a renewed lease keeps its number; all records have one length, so that nothing is left of the one before. */
async function overwrite(file: string, record: LeaseRecord): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.writeFile(textOf(record));
  } finally {
    await handle.close();
  }
}

function textOf(record: LeaseRecord): string {
  return JSON.stringify(record).padEnd(1024);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
