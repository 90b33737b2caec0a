/**
 * How long it takes to list many runs: the first look, a look after nothing has changed, and one after one run has.
 * `node --import tsx bench/runsList.ts [RUNS]`
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { arrangeRuns, plainArrangement } from '../src/host/runs/arrangeRuns';
import { readRunSummary, stampOfRun } from '../src/host/runs/runSummary';
import { eventsFile, manifestFile, resultFile } from '../src/protocol/runs';
import { exampleEvents, exampleManifest, exampleResult } from '../test/webview/exampleRuns';

const count = Number(process.argv[2] ?? 1000);
const readAtOnce = 16;

function makeRuns(place: string): string[] {
  const events = exampleEvents({ steps: 2000, probes: 40 }).map((event) => JSON.stringify(event));
  events.push(JSON.stringify({ time: 1, type: 'finished' }));
  const log = `${events.join('\n')}\n`;
  return Array.from({ length: count }, (_, i) => {
    const folder = path.join(place, `run-${i}`);
    mkdirSync(path.join(folder, 'results'), { recursive: true });
    writeFileSync(path.join(folder, manifestFile), JSON.stringify({ ...exampleManifest(), id: `run-${i}` }));
    writeFileSync(path.join(folder, eventsFile), log);
    writeFileSync(path.join(folder, resultFile), JSON.stringify(exampleResult()));
    return folder;
  });
}

async function inParts<T>(folders: readonly string[], read: (folder: string) => Promise<T>): Promise<T[]> {
  const found: T[] = [];
  for (let i = 0; i < folders.length; i += readAtOnce) {
    found.push(...(await Promise.all(folders.slice(i, i + readAtOnce).map(read))));
  }
  return found;
}

async function timed<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  const begun = performance.now();
  const result = await work();
  console.log(`${what}: ${(performance.now() - begun).toFixed(0)} ms`);
  return result;
}

async function main(): Promise<void> {
  const place = mkdtempSync(path.join(tmpdir(), 'repsim-bench-'));
  try {
    const folders = makeRuns(place);
    console.log(`${count} runs of 2000 steps`);
    const summaries = await timed('first look', () => inParts(folders, readRunSummary));
    await timed('nothing has changed', () => inParts(folders, stampOfRun));
    await timed('one has changed', () => readRunSummary(folders[0]!));
    const entries = summaries.flatMap((summary) =>
      summary ? [{ folder: summary.folder, name: summary.name, summary, job: undefined }] : [],
    );
    const by = { ...plainArrangement, filter: 'brain', sort: 'accuracy' } as const;
    await timed('filtered and sorted', () => arrangeRuns(entries, by));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

void main();
