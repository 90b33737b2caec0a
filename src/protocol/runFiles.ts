/** The small files of a run, read with the bounds that keep a hostile folder from filling the memory; undefined where one is not there. */
import path from 'node:path';
import { aboutFile, longestNote, type RunAbout, runAbout } from './about';
import { readJson } from './boundedFile';
import { leaseState, thisMachine } from './lease';
import { readLease } from './leaseFiles';
import {
  type FinetuneResult,
  finetuneResult,
  manifestFile,
  type RunManifest,
  resultFile,
  runManifest,
} from './runs';

/** A manifest holds the names of all classes and layers: a few kB, 1 MB with ten thousand of them. */
export const manifestLimit = 4 * 1024 * 1024;
const resultLimit = 4 * 1024 * 1024;
/** Of a landscape: a plane of 401 x 401 points of eight models on two splits is larger, and is computed again. */
export const analysisLimit = 32 * 1024 * 1024;
/** A note of the greatest length, each character escaped. */
const aboutLimit = 6 * longestNote + 4096;

/** Undefined also for one of another version. */
export async function readManifest(run: string): Promise<RunManifest | undefined> {
  return runManifest.safeParse(await readJson(path.join(run, manifestFile), manifestLimit)).data;
}

/** Undefined as long as the run is not finished. */
export async function readResult(run: string): Promise<FinetuneResult | undefined> {
  return finetuneResult.safeParse(await readJson(path.join(run, resultFile), resultLimit)).data;
}

/** Empty for a run of which nothing is said. */
export async function readAbout(run: string): Promise<RunAbout> {
  return runAbout.safeParse(await readJson(path.join(run, aboutFile), aboutLimit)).data ?? { format: 1 };
}

/** Whether a process works on the run, as far as one can tell from outside. No more than what to show may be decided by it. */
export async function isWorkedOn(run: string): Promise<boolean> {
  const lease = await readLease(run);
  return lease !== undefined && leaseState(lease, thisMachine()) === 'held';
}
