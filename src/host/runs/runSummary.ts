/** What a list shows of a run, from its small files and the two ends of its event log, however long that is. */
import path from 'node:path';
import {
  eventsFile,
  parseRunEvent,
  type RunEvent,
  type RunManifest,
  type RunState,
  runState,
} from '../../protocol/runs';
import { readBytes, stampOf } from './boundedFile';
import { readManifest, readResult, seemsAlive } from './runFiles';
import { runName } from './runName';

export interface RunSummary {
  /** Absolute path. */
  readonly folder: string;
  readonly name: string;
  readonly state: RunState;
  readonly manifest: RunManifest;
  /** On test images when it is finished, else the last on validation images. */
  readonly accuracy: number | undefined;
  /** Why it failed. */
  readonly message: string | undefined;
}

/** The first event that matters, `started`, is within the first lines; the last word and a validation within the last. */
const headLength = 4 * 1024;
const tailLength = 64 * 1024;

/** Undefined for a folder that is no run, or one that this version cannot read. */
export async function readRunSummary(folder: string): Promise<RunSummary | undefined> {
  const manifest = await readManifest(folder);
  if (!manifest) return undefined;
  const file = path.join(folder, eventsFile);
  const stamp = await stampOf(file);
  const events = await readEnds(file, stamp?.size ?? 0);
  const state = runState(events, seemsAlive(manifest, stamp?.modified));
  const result = state === 'finished' ? await readResult(folder) : undefined;
  const validation = events.findLast((event) => event.type === 'validation');
  const failed = events.findLast((event) => event.type === 'failed');
  return {
    folder,
    name: runName(manifest.settings),
    state,
    manifest,
    accuracy: result?.test.accuracy ?? validation?.accuracy,
    message: state === 'failed' ? failed?.message : undefined,
  };
}

async function readEnds(file: string, size: number): Promise<RunEvent[]> {
  const whole = size <= headLength + tailLength;
  const parts = whole
    ? [await readBytes(file, 0, size)]
    : [await readBytes(file, 0, headLength), await readBytes(file, size - tailLength, tailLength)];
  return parts
    .flatMap((part) => part.toString('utf8').split('\n'))
    .map(parseRunEvent)
    .filter((event) => event !== undefined);
}
