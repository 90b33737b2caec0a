/** What is read once for a run: its manifest and result, with the bounds that keep a hostile folder from filling the memory. */
import path from 'node:path';
import { leaseState, processExists, thisMachine } from '../../protocol/lease';
import { readLease } from '../../protocol/leaseFiles';
import {
  type FinetuneResult,
  finetuneResult,
  manifestFile,
  type RunManifest,
  resultFile,
  runManifest,
} from '../../protocol/runs';
import { readJson } from './boundedFile';

/** A manifest holds the names of all classes and layers: a few kB, 1 MB with ten thousand of them. */
const manifestLimit = 4 * 1024 * 1024;
const resultLimit = 4 * 1024 * 1024;

/** Undefined where there is none, or one of another version. */
export async function readManifest(folder: string): Promise<RunManifest | undefined> {
  return runManifest.safeParse(await readJson(path.join(folder, manifestFile), manifestLimit)).data;
}

/** Undefined as long as the run has none. */
export async function readResult(folder: string): Promise<FinetuneResult | undefined> {
  return finetuneResult.safeParse(await readJson(path.join(folder, resultFile), resultLimit)).data;
}

/** A run that works writes an event now and then; the slowest step is far from this. */
const longestSilence = 30 * 60 * 1000;

/**
 * Whether a run of another window or program still goes on: its lease is held. A run of an early version has none; then its process
 * must exist and have written to its folder not long ago (`lastWrite`, milliseconds since 1970), for the number of a process that is
 * gone is given to another one sooner or later. No more than what to show may be decided by it.
 */
export async function seemsAlive(
  folder: string,
  manifest: RunManifest,
  lastWrite: number | undefined,
): Promise<boolean> {
  const lease = await readLease(folder);
  if (lease) return leaseState(lease, thisMachine()) === 'held';
  const since = lastWrite ?? Date.parse(manifest.createdAt);
  return Date.now() - since < longestSilence && processExists(manifest.pid);
}
