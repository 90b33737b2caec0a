/** The `repsim` command as programs run it: dist/cli.js in a process of its own. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const file = path.join(__dirname, '..', '..', 'dist', 'cli.js');

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  /** What it has written to stderr until now. */
  readonly errors: () => string;
  readonly finished: Promise<Finished>;
}

export function start(args: readonly string[], cwd: string): Started {
  assert.ok(existsSync(file), 'dist/cli.js is missing: run `node esbuild.js` first');
  const child = spawn(process.execPath, [file, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, errors: () => stderr, finished };
}

export function repsim(args: readonly string[], cwd: string): Promise<Finished> {
  return start(args, cwd).finished;
}
