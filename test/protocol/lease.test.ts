/** Leases on a run, with real processes: one has it, others are refused, and what a dead one leaves is taken over once. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import {
  type FoundLease,
  type LeaseRecord,
  leaseState,
  type Machine,
  patience,
  renewInterval,
  thisMachine,
} from '../../src/protocol/lease';
import { claimRun, readLease } from '../../src/protocol/leaseFiles';
import { until } from '../support/until';

function runFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'repsim-lease-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A process that claims the run; its word comes once it has tried. */
function claimer(t: TestContext, run: string, at = 0): { child: ChildProcess; word: Promise<string> } {
  const script = path.join(__dirname, 'fixtures', 'claimer.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, run, String(at)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout! });
  return { child, word: once(lines, 'line').then(([line]) => String(line)) };
}

const recordIn = (run: string): LeaseRecord => {
  const [file, ...more] = readdirSync(path.join(run, 'lease'));
  assert.deepEqual(more, [], 'one lease is kept');
  return JSON.parse(readFileSync(path.join(run, 'lease', file!), 'utf8'));
};

test('a run that a process holds is refused to another, and free once it is released', async (t) => {
  const run = runFolder(t);
  const { child, word } = claimer(t, run);
  assert.equal(await word, 'held');
  const refused = await claimRun(run);
  assert.ok('holder' in refused);
  assert.equal(refused.holder?.pid, child.pid);
  assert.equal(refused.holder?.host, os.hostname());
  child.stdin!.end();
  await once(child, 'exit');
  const claim = await claimRun(run);
  assert.ok('lease' in claim);
  assert.equal(recordIn(run).pid, process.pid);
  await claim.lease.release();
  assert.equal(leaseState((await readLease(run))!, thisMachine()), 'free');
});

test('what a killed process held is free at once', async (t) => {
  const run = runFolder(t);
  const { child, word } = claimer(t, run);
  assert.equal(await word, 'held');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const asked = performance.now();
  const claim = await claimRun(run);
  assert.ok('lease' in claim);
  assert.ok(performance.now() - asked < renewInterval, 'it was not watched: there is nobody to wait for');
  await claim.lease.release();
});

for (const before of ['nothing', 'the lease of a process that is gone'] as const) {
  test(`of six processes that claim a run at the same moment one gets it, with ${before} in the folder`, async (t) => {
    const run = runFolder(t);
    if (before !== 'nothing') {
      const { child, word } = claimer(t, run);
      assert.equal(await word, 'held');
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const at = Date.now() + 4000;
    const all = Array.from({ length: 6 }, () => claimer(t, run, at));
    const words = await Promise.all(all.map(({ word }) => word));
    const holders = all.filter((_, i) => words[i] === 'held');
    assert.equal(holders.length, 1, words.join(', '));
    assert.equal(recordIn(run).pid, holders[0]!.child.pid);
    assert.ok(
      words.every((word) => word === 'held' || word === `refused by ${holders[0]!.child.pid}`),
      words.join(', '),
    );
  });
}

test('who has lost its lease knows when it renews it', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  for (const lose of [
    (run: string) => writeFileSync(path.join(run, 'lease', '7.json'), JSON.stringify(recordIn(run))),
    (run: string) => rmSync(path.join(run, 'lease'), { recursive: true }),
  ]) {
    const run = runFolder(t);
    const claim = await claimRun(run);
    assert.ok('lease' in claim);
    const { renewed } = recordIn(run);
    // Times are in milliseconds: a renewal in that of the claim could not be told from it.
    await until('the clock to go on', () => Date.now() > renewed);
    t.mock.timers.tick(renewInterval);
    await until('the lease to be renewed', () => recordIn(run).renewed > renewed);
    assert.ok(claim.lease.held);
    lose(run);
    t.mock.timers.tick(renewInterval);
    await until('it to know', () => !claim.lease.held);
    await claim.lease.release();
  }
});

const here: Machine = {
  host: 'here',
  processes: 'boot 1',
  booted: 1_000_000,
  exists: (pid) => pid === 10,
  startOf: () => '500',
};
const now = 5_000_000;
const record: LeaseRecord = {
  ...{ format: 1, pid: 10, host: 'here', processes: 'boot 1', started: '500' },
  ...{ renewed: now - 1000, released: false },
};
const state = (changes: Partial<LeaseRecord>, age = 1000, machine = here) => {
  const found: FoundLease = { number: 1, record: { ...record, ...changes }, age };
  return leaseState(found, machine, now);
};

test('a holder on this machine is looked for, whatever the clock says', () => {
  assert.equal(state({}), 'held');
  assert.equal(state({}, 10 * patience), 'held', 'one step may take long');
  assert.equal(state({ pid: 11 }), 'free');
  assert.equal(state({ released: true }), 'free');
  assert.equal(state({ ends: now - 1 }), 'free');
});

test('a process that got the number of a dead one is not its holder', () => {
  assert.equal(state({ started: '499' }), 'free');
});

test('where the system does not tell when a process started, silence decides', () => {
  const silent: Machine = { ...here, startOf: () => undefined };
  assert.equal(state({}, 1000, silent), 'held');
  assert.equal(state({}, patience + 1, silent), 'silent');
});

test('a restart of the machine frees what was held before it', () => {
  const restarted: Machine = { ...here, processes: 'boot 2', booted: now - 60_000 };
  assert.equal(state({ renewed: now - 120_000 }, 120_000, restarted), 'free');
});

test('of a holder on another machine or in another container only silence is known, in spite of wrong clocks', () => {
  for (const elsewhere of [{ host: 'there', processes: 'boot 9' }, { processes: 'boot 1 other container' }]) {
    assert.equal(state(elsewhere), 'held');
    assert.equal(state(elsewhere, patience + 1), 'silent');
    assert.equal(state(elsewhere, -patience - 1), 'silent', 'a clock that is far ahead');
  }
  assert.equal(
    leaseState({ number: 1, record: undefined, age: 0 }, here, now),
    'held',
    'it is being written',
  );
});

test('a silent lease is watched before it is taken, and kept by a holder that renews it meanwhile', async (t) => {
  const foreign = { ...record, host: 'there', processes: 'boot 9' };
  const leave = (run: string, renewed: number) => {
    mkdirSync(path.join(run, 'lease'), { recursive: true });
    writeFileSync(path.join(run, 'lease', '3.json'), JSON.stringify({ ...foreign, renewed }));
    const old = new Date(Date.now() - 2 * patience);
    utimesSync(path.join(run, 'lease', '3.json'), old, old);
  };
  const [renewing, gone] = [runFolder(t), runFolder(t)];
  leave(renewing, 1);
  leave(gone, 1);
  setTimeout(() => leave(renewing, 2), 2000);
  const [refused, taken] = await Promise.all([claimRun(renewing), claimRun(gone)]);
  assert.ok('holder' in refused && refused.holder?.host === 'there');
  assert.ok('lease' in taken, 'nothing came while it was watched');
  assert.deepEqual(readdirSync(path.join(gone, 'lease')), ['4.json']);
  await taken.lease.release();
});

test('waiting for a silent holder can be cancelled', async (t) => {
  const run = runFolder(t);
  mkdirSync(path.join(run, 'lease'));
  const file = path.join(run, 'lease', '1.json');
  writeFileSync(file, JSON.stringify({ ...record, host: 'there', processes: 'boot 9' }));
  utimesSync(file, new Date(0), new Date(0));
  const abort = new AbortController();
  setTimeout(() => abort.abort(new Error('never mind')), 100);
  await assert.rejects(claimRun(run, { signal: abort.signal }), /never mind/);
});

test('what is no lease does not stand in the way for ever', async (t) => {
  const run = runFolder(t);
  const folder = path.join(run, 'lease');
  mkdirSync(path.join(folder, '99999999999.json'), { recursive: true });
  writeFileSync(path.join(folder, 'note.txt'), '');
  const claim = await claimRun(run);
  assert.ok('lease' in claim);
  await claim.lease.release();
});
