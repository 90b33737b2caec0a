/** The file by which a window asks a run to stop that another process works on. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { heedCancelFile } from '../../../src/core/runs/heedCancelFile';

function runFolder(t: TestContext): string {
  const run = mkdtempSync(path.join(tmpdir(), 'repsim-cancel-'));
  t.after(() => rmSync(run, { recursive: true, force: true }));
  writeFileSync(path.join(run, 'run.json'), '{}');
  return run;
}

function heeded(t: TestContext, run: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = heedCancelFile(() => resolve(true));
    t.after(() => asked.stop());
    asked.watch(run);
    sleep(1500).then(() => resolve(false));
  });
}

test('a run is cancelled by the file, once, also where it came before the first look', async (t) => {
  const run = runFolder(t);
  const file = path.join(run, 'cancel');
  writeFileSync(file, '');
  assert.equal(await heeded(t, run), true);
  assert.equal(existsSync(file), false);
});

test('a file from before the run was resumed is taken away', async (t) => {
  const run = runFolder(t);
  const file = path.join(run, 'cancel');
  writeFileSync(file, '');
  utimesSync(file, new Date(), new Date(Date.now() - 60_000));
  const cancelled = heeded(t, run);
  assert.equal(existsSync(file), false);
  assert.equal(await cancelled, false);
});
