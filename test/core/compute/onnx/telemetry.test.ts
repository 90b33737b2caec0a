/** ONNX Runtime tells nobody anything: in a process of its own, because it decides once, when it is loaded. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';

test('a program leaves nothing of ONNX Runtime in the home folder', (t) => {
  const home = mkdtempSync(path.join(tmpdir(), 'repsim-home-'));
  t.after(() => rmSync(home, { recursive: true }));
  const script = path.join(__dirname, 'telemetryProgram.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], {
    encoding: 'utf8',
    timeout: 60_000,
    // Nothing of CI, where ONNX Runtime keeps quiet by itself.
    env: {
      PATH: process.env.PATH,
      SystemRoot: process.env.SystemRoot,
      HOME: home,
      USERPROFILE: home,
      TMPDIR: tmpdir(),
    },
  });
  assert.equal(status, 0, stderr);
  assert.equal(stdout.trim(), '3');
  assert.deepEqual(readdirSync(home), []);
});
