/** A run on disk, read as another program would read it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { finetuneResult, parseRunEvent, type RunEvent, runManifest } from '../../../src/protocol/runs';

/** Folders of the workspace's runs, the oldest first. */
export function runFolders(workspace: string): string[] {
  const runs = path.join(workspace, '.repsim/runs');
  if (!fs.existsSync(runs)) return [];
  return fs
    .readdirSync(runs)
    .map((name) => path.join(runs, name))
    .filter((folder) => fs.existsSync(path.join(folder, 'run.json')))
    .sort(
      (a, b) => fs.statSync(path.join(a, 'run.json')).mtimeMs - fs.statSync(path.join(b, 'run.json')).mtimeMs,
    );
}

export const manifestOf = (run: string) =>
  runManifest.parse(JSON.parse(fs.readFileSync(path.join(run, 'run.json'), 'utf8')));

export const resultOf = (run: string) =>
  finetuneResult.parse(JSON.parse(fs.readFileSync(path.join(run, 'results/finetune.json'), 'utf8')));

/** Every event of the log; a line that is none fails the test. */
export function eventsOf(run: string): RunEvent[] {
  const lines = fs.readFileSync(path.join(run, 'events.jsonl'), 'utf8').split('\n');
  assert.equal(lines.pop(), '', 'the log ends with a whole line');
  return lines.map((line) => parseRunEvent(line) ?? assert.fail(`not an event: ${line.slice(0, 200)}`));
}

/** Names below the run, with `/`. */
export const filesOf = (run: string): string[] =>
  fs
    .readdirSync(run, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(run, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
