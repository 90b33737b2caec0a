/** What a list shows of a run, from its small files and the two ends of its event log, however long that is. */
import path from 'node:path';
import { aboutFile, type RunAbout } from '../../protocol/about';
import { readBytes, stampOf } from '../../protocol/boundedFile';
import { readLease } from '../../protocol/leaseFiles';
import type { Progress } from '../../protocol/progress';
import { isWorkedOn, readAbout, readManifest, readResult } from '../../protocol/runFiles';
import {
  eventsFile,
  manifestFile,
  parseRunEvent,
  type RunEvent,
  type RunManifest,
  type RunState,
  resultFile,
  runState,
} from '../../protocol/runs';
import { runName } from './runName';

export interface RunSummary {
  /** Absolute path. */
  readonly folder: string;
  readonly name: string;
  readonly about: RunAbout;
  readonly state: RunState;
  readonly manifest: RunManifest;
  /** On test images when it is finished, else the last on validation images. */
  readonly accuracy: number | undefined;
  /** Of the final embedding to the pretrained model's, on test images; only of a run that is finished, as `sharpness`. */
  readonly similarity: number | undefined;
  /** SAM worst case on held-out images. */
  readonly sharpness: number | undefined;
  /** How far it is, while it goes on. */
  readonly progress: Progress | undefined;
  /** Why it failed. */
  readonly message: string | undefined;
}

/** The first event that matters, `started`, is within the first lines; the last word and a validation within the last. */
const headLength = 4 * 1024;
const tailLength = 64 * 1024;

/** Changes whenever one of the files that a summary is read from does. */
export async function stampOfRun(folder: string): Promise<string> {
  const files = [manifestFile, eventsFile, resultFile, aboutFile].map((file) => path.join(folder, file));
  const [lease, ...stamps] = await Promise.all([readLease(folder), ...files.map(stampOf)]);
  const known = stamps.map((stamp) => (stamp ? `${stamp.inode} ${stamp.size} ${stamp.modified}` : '-'));
  return [lease?.number ?? 0, ...known].join();
}

/** Undefined for a folder that is no run, or one that this version cannot read. */
export async function readRunSummary(folder: string): Promise<RunSummary | undefined> {
  const manifest = await readManifest(folder);
  if (!manifest) return undefined;
  const file = path.join(folder, eventsFile);
  const stamp = await stampOf(file);
  const events = await readEnds(file, stamp?.size ?? 0);
  const about = await readAbout(folder);
  const state = runState(events, await isWorkedOn(folder));
  const result = state === 'finished' ? await readResult(folder) : undefined;
  const validation = events.findLast((event) => event.type === 'validation');
  const failed = events.findLast((event) => event.type === 'failed');
  return {
    folder,
    name: about.name ?? runName(manifest.settings),
    about,
    state,
    manifest,
    accuracy: result?.test.accuracy ?? validation?.accuracy,
    similarity: result?.similarity.final ?? undefined,
    sharpness: result?.sharpness.heldOut.samWorstCase ?? undefined,
    progress: state === 'running' ? progressOf(events) : undefined,
    message: state === 'failed' ? failed?.message : undefined,
  };
}

/** The stage that it is at, or the epoch. */
function progressOf(events: readonly RunEvent[]): Progress | undefined {
  const latest = events.findLast(({ type }) => type === 'stage' || type === 'step' || type === 'started');
  const started = events.findLast(({ type }) => type === 'started');
  if (latest?.type === 'stage') return { stage: latest.stage, done: latest.done, total: latest.total };
  if (latest?.type !== 'step' || started?.type !== 'started') return undefined;
  // The words of the trainer's own progress.
  const stage = `Epoch ${latest.epoch + 1} of ${started.epochs}`;
  return { stage, done: latest.step, total: started.steps };
}

/** The newest events as far back as they are needed, in the order in which they were written; if it takes them, the first ones too. */
async function readEnds(file: string, size: number): Promise<RunEvent[]> {
  const start = size <= headLength + tailLength ? 0 : size - tailLength;
  const lines = linesOf(await readBytes(file, start, size - start));
  const newestFirst: RunEvent[] = [];
  for (let i = lines.length - 1; i >= 0 && !isEnough(newestFirst); i--) {
    const event = parseRunEvent(lines[i]!);
    if (event) newestFirst.push(event);
  }
  const newest = newestFirst.reverse();
  if (start === 0 || isEnough(newest)) return newest;
  const first = linesOf(await readBytes(file, 0, headLength)).map(parseRunEvent);
  return [...first.filter((event) => event !== undefined), ...newest];
}

/** Whether the events tell how the run ended and what it had reached; one that is finished has a result that tells it. */
function isEnough(events: readonly RunEvent[]): boolean {
  if (events.some(({ type }) => type === 'finished')) return true;
  const ended = events.some(({ type }) => type === 'failed' || type === 'cancelled');
  return ended && events.some(({ type }) => type === 'validation');
}

function linesOf(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\n');
}
