/** `repsim report` on real runs. */
import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { finetuneResult } from '../../src/protocol/runs';
import { checkpoint, tinyWorkspace } from '../core/finetune/tinyJob';
import { repsim } from './repsim';

test('two runs become one file without scripts, with their figures and how to make them again', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const small = ['--batch', '12', '--epochs', '1', '--sharpness-size', '6', '--threads', '1', '--json'];
  const results = [];
  for (const method of ['full', 'repsim']) {
    const args = ['finetune', checkpoint, '--data', 'kinds.npz', '--method', method, ...small];
    const { code, stdout, stderr } = await repsim(args, workspace);
    assert.equal(code, 0, stderr);
    results.push(finetuneResult.parse(JSON.parse(stdout)));
  }
  const runs = results.map(({ run }) => run);
  const { code, stdout, stderr } = await repsim(
    ['report', ...runs, '--out', 'out/both.html', '--json'],
    workspace,
  );
  assert.equal(code, 0, stderr);
  const { report } = JSON.parse(stdout);
  assert.equal(report, path.join(workspace, 'out/both.html'));
  const html = await readFile(report, 'utf8');
  assert.ok(html.length < 1e6);
  assert.match(html, /<svg/);
  assert.doesNotMatch(html, /<script/i);
  for (const { run, test: figures } of results) {
    assert.ok(html.includes(path.basename(run)));
    assert.ok(html.includes(`${(100 * figures.accuracy!).toFixed(1)} %`));
  }
  assert.match(html, /repsim finetune .+ --method full .+--epochs 1/);
});

test('a folder that is no run is one sentence, and no file', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const { code, stderr } = await repsim(['report', checkpoint], workspace);
  assert.equal(code, 1);
  assert.match(stderr, /is not a run/);
  await assert.rejects(access(path.join(workspace, 'report.html')));
});

test('a report without runs is a wrong argument', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  assert.equal((await repsim(['report'], workspace)).code, 2);
});
