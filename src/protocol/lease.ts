/**
 * The lease on a run: who may write to it. Engines, commands and windows of several machines may know of one run folder; at any
 * time one process works on it. A lease is a file `lease/NUMBER.json` in the run folder, and the one of the highest number counts:
 * `leaseFiles.ts` reads and writes it. Here is what it says and whether its holder is still there, for those who look from outside.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import * as z from 'zod';

export const leaseFolder = 'lease';

export const leaseRecord = z.object({
  format: z.literal(1),
  pid: z.number().int(),
  host: z.string().max(256),
  processes: z
    .string()
    .max(256)
    .describe('Names what `pid` is a number in: the host, or its boot and container.'),
  started: z
    .string()
    .max(64)
    .optional()
    .describe('Start of the process, which tells it from a later one of its number.'),
  renewed: z.number().describe('Milliseconds since 1970, by the clock of the host.'),
  ends: z.number().optional().describe('When it ends by itself, as `renewed`.'),
  released: z.boolean(),
});
export type LeaseRecord = z.output<typeof leaseRecord>;

export interface FoundLease {
  readonly number: number;
  /** Undefined for a file that is being written, or that is no lease. */
  readonly record: LeaseRecord | undefined;
  /** Milliseconds since it was written, by the clocks of the file system and of this machine, which may disagree. */
  readonly age: number;
}

/** `silent`: its holder cannot be looked at from here, and has not renewed it for long. Watch it before you take it. */
export type LeaseState = 'held' | 'silent' | 'free';

/** Milliseconds between two renewals. A step of a large model blocks its process, so they may come much later. */
export const renewInterval = 5000;
/** Without a renewal for so long, a holder that cannot be looked at counts as silent. */
export const patience = 5 * 60 * 1000;
/** The boot of a machine is known to a few seconds. */
const bootTolerance = 10_000;

/** What a process sees of the machine that it runs on. */
export interface Machine {
  readonly host: string;
  readonly processes: string;
  /** Milliseconds since 1970. */
  readonly booted: number;
  exists(pid: number): boolean;
  /** Undefined where the system does not tell. */
  startOf(pid: number): string | undefined;
}

/** Whether the holder of the lease is still at work, as far as this machine can tell. */
export function leaseState({ record, age }: FoundLease, here: Machine, now = Date.now()): LeaseState {
  const bySilence: LeaseState = Math.abs(age) < patience ? 'held' : 'silent';
  if (!record) return bySilence;
  if (record.released || (record.ends !== undefined && now > record.ends)) return 'free';
  // The machine was restarted since.
  if (record.host === here.host && record.renewed < here.booted - bootTolerance) return 'free';
  if (record.processes !== here.processes) return bySilence;
  if (!here.exists(record.pid)) return 'free';
  const started = here.startOf(record.pid);
  if (started === undefined || record.started === undefined) return bySilence;
  return started === record.started ? 'held' : 'free';
}

/** In words for people: `process 12 on host`. */
export function holderName(record: LeaseRecord | undefined): string {
  if (!record) return 'another process';
  const host = record.host.replace(/\p{C}/gu, ' ').slice(0, 80);
  return `process ${record.pid}${host === os.hostname() ? '' : ` on ${host}`}`;
}

export function thisMachine(): Machine {
  const host = os.hostname();
  return {
    host,
    processes: processTable() ?? host,
    booted: Date.now() - os.uptime() * 1000,
    exists: processExists,
    startOf: processStart,
  };
}

/** Two containers of one machine have process numbers of their own, and a boot begins them anew. Linux tells; undefined elsewhere. */
function processTable(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

function processExists(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of `/proc/PID/stat`, in ticks since the boot. */
function processStart(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field, the name in parentheses, may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
