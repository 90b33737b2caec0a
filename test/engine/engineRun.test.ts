/** The engine process and the host's side of it, with real processes. */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { type EngineRun, startEngineWork } from '../../src/host/engine/engineRun';
import { engineMethods, type FinetuneReply } from '../../src/protocol/engine';
import type { Progress } from '../../src/protocol/progress';
import { until } from '../support/until';

const engine = { file: path.join(__dirname, 'fixtures', 'engine.ts'), execArgv: ['--import', 'tsx'] };

function scratch(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-engine-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function start(t: TestContext, data: string) {
  const workspace = scratch(t);
  const progress: Progress[] = [];
  const changed: string[] = [];
  const lines: string[] = [];
  const run = startEngineWork<FinetuneReply>(
    engine,
    [
      {
        method: engineMethods.finetune,
        params: { settings: { checkpoint: 'c', data, method: 'full' }, workspace },
      },
    ],
    {
      progress: (message) => progress.push(message),
      runChanged: (folder) => changed.push(folder),
      line: (line) => lines.push(line),
    },
  );
  return { run, workspace, progress, changed, lines };
}

/** Waits until the process of the run is gone. */
const isGone = (run: EngineRun) =>
  until('the process to end', () => {
    try {
      process.kill(run.pid!, 0);
      return false;
    } catch {
      return true;
    }
  });

test('a run answers with its result, with progress no faster than four a second, and its process ends', async (t) => {
  const { run, workspace, progress, changed } = start(t, 'steps');
  const begun = performance.now();
  const outcome = await run.outcome;
  const most = 2 + (performance.now() - begun) / 250;
  const folder = path.join(workspace, '.repsim', 'runs', 'one');
  assert.deepEqual(outcome, { kind: 'finished', result: { run: folder, method: 'full' } });
  assert.ok(progress.length >= 2 && progress.length <= most, `${progress.length} progress messages`);
  assert.deepEqual(progress[0], { stage: 'Training', done: 0, total: 100 });
  assert.equal(changed[0], folder);
  await isGone(run);
});

test('an error that a person can act on comes back as its sentence', async (t) => {
  const { run } = start(t, 'sentence');
  assert.deepEqual(await run.outcome, {
    kind: 'failed',
    message: 'The data have no split named "train": add one.',
  });
});

test('a fault of the program asks to be reported and leaves its stack in the log', async (t) => {
  const { run, lines } = start(t, 'fault');
  const outcome = await run.outcome;
  assert.ok(outcome.kind === 'failed');
  assert.match(outcome.message, /x is not a function.*please report/);
  await until('the stack', () => lines.some((line) => /at .*fixtures.engine\.ts/.test(line)));
});

test('cancelling stops work that listens, without a kill', async (t) => {
  const { run, changed } = start(t, 'forever');
  await until('the run to begin', () => changed.length > 0);
  run.cancel();
  assert.deepEqual(await run.outcome, { kind: 'cancelled', killed: false });
  await isGone(run);
});

test('cancelling work that does not listen kills its process soon', async (t) => {
  const { run, lines } = start(t, 'deaf');
  await until('the work', () => lines.includes('deaf now'));
  const asked = performance.now();
  run.cancel();
  assert.deepEqual(await run.outcome, { kind: 'cancelled', killed: true });
  // It is given 1.5 s; the rest is patience with a busy machine.
  assert.ok(performance.now() - asked < 6000);
});

test('a process that dies is reported with how it died and its last lines', async (t) => {
  const { run } = start(t, 'die');
  assert.deepEqual(await run.outcome, { kind: 'died', how: 'SIGKILL', lines: ['out of memory, or so'] });
});

test('an engine that cannot be started is a death, not a hang', async (t) => {
  const run = startEngineWork<FinetuneReply>(
    { file: path.join(scratch(t), 'missing.js') },
    [
      {
        method: engineMethods.finetune,
        params: { settings: { checkpoint: 'c', data: 'd' }, workspace: '/' },
      },
    ],
    { progress() {}, runChanged() {}, line() {} },
  );
  const outcome = await run.outcome;
  assert.ok(outcome.kind === 'died');
  assert.match(outcome.lines.join('\n'), /Cannot find module/);
});

/** Starts an engine at work and lets go of it as a host does that is reloaded. */
async function orphan(workspace: string, data: string): Promise<ChildProcess> {
  const child = fork(engine.file, [], {
    execArgv: engine.execArgv,
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.listen();
  const seen = new Promise((resolve) => connection.onNotification(engineMethods.runChanged, resolve));
  const params = { settings: { checkpoint: 'c', data }, workspace };
  connection.sendRequest(engineMethods.finetune, params).catch(() => undefined);
  await seen;
  connection.dispose();
  child.disconnect();
  child.stdout?.destroy();
  child.stderr?.destroy();
  return child;
}

test('an engine that lost its host finishes its run and ends', async (t) => {
  const workspace = scratch(t);
  const child = await orphan(workspace, 'steps');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  const log = readFileSync(path.join(workspace, '.repsim', 'runs', 'one', 'log.txt'), 'utf8');
  assert.equal(log.trim().split('\n').length, 100);
});

test('an engine that lost its host still cancels when the folder of its run asks', async (t) => {
  const workspace = scratch(t);
  const child = await orphan(workspace, 'forever');
  const ask = path.join(workspace, '.repsim', 'runs', 'one', 'cancel');
  writeFileSync(ask, '');
  const [code] = await once(child, 'exit');
  assert.equal(code, 0);
  assert.ok(!existsSync(ask), 'the request is taken away');
});

test('another window cancels a run by a file in its folder, while its own window is still there', async (t) => {
  const { run, workspace, changed } = start(t, 'forever');
  await until('the run to begin', () => changed.length > 0);
  writeFileSync(path.join(workspace, '.repsim', 'runs', 'one', 'cancel'), '');
  assert.deepEqual(await run.outcome, { kind: 'cancelled', killed: false });
  await isGone(run);
});
