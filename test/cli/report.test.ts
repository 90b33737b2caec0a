/** `repsim report` on real runs. */
import assert from 'node:assert/strict';
import { access, lstat, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { parseHTML } from 'linkedom';
import { writeReport } from '../../src/cli/report';
import { readRun } from '../../src/core/runs/readRun';
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
  for (const analysis of [
    ['sharpness', runs[0]!, '--measures', 'eigenvalues,sam', '--products', '4'],
    ['landscape', runs[1]!, '--steps', '5'],
  ]) {
    const done = await repsim([...analysis, '--limit', '4', '--threads', '1'], workspace);
    assert.equal(done.code, 0, done.stderr);
  }
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
  assert.match(html, /Largest eigenvalue λ₁ of the Hessian/);
  assert.match(html, /Loss on test images along a line, n = 4/);
  assert.match(html, /repsim finetune .+ --method full .+--epochs 1/);
});

test('a report that is a link stays one, and what it leads to is the report', {
  skip: process.platform === 'win32' && 'Windows makes links for administrators only',
}, async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const [file, link] = ['real.html', 'link.html'].map((name) => path.join(workspace, name));
  await writeFile(file!, 'before');
  await symlink(file!, link!);
  assert.equal(await writeReport(link!, 'after'), link);
  assert.equal(await readFile(file!, 'utf8'), 'after');
  assert.ok((await lstat(link!)).isSymbolicLink());
});

test('the command of a report makes the same run again; names and notes of people are in it', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const given = ['--batch', '12', '--epochs', '1', '--sharpness-size', '6', '--threads', '1', '--json'];
  const first = await repsim(
    [
      'finetune',
      checkpoint,
      '--data',
      'kinds.npz',
      '--layers',
      '0,1',
      '--augment',
      '{"rotation":10}',
      ...given,
    ],
    workspace,
  );
  assert.equal(first.code, 0, first.stderr);
  const { run } = finetuneResult.parse(JSON.parse(first.stdout));
  const about = { format: 1, name: 'two <kept> layers', note: 'for the poster' };
  await writeFile(path.join(run, 'about.json'), JSON.stringify(about));
  assert.equal((await repsim(['report', run], workspace)).code, 0);
  const { document } = parseHTML(await readFile(path.join(workspace, 'report.html'), 'utf8'));
  assert.match(document.querySelector('h1')!.textContent, /two <kept> layers/);
  assert.match(document.body.textContent, /Note on two <kept> layers.*for the poster/s);

  const command = document.querySelector('pre')!.textContent;
  assert.match(command, /^repsim finetune /);
  // No argument of this command has a space: the shell's quotes are all that is taken off.
  const again = command
    .split(' ')
    .slice(1)
    .map((argument) => argument.replaceAll("'", ''));
  const second = await repsim([...again, '--json'], workspace);
  assert.equal(second.code, 0, second.stderr);
  const settingsOf = async (folder: string) => (await readRun(folder)).manifest.settings;
  const copy = finetuneResult.parse(JSON.parse(second.stdout));
  assert.deepEqual(await settingsOf(copy.run), await settingsOf(run));
  assert.equal(copy.similarity.final, JSON.parse(first.stdout).similarity.final);
});

test('a run that claims more layers than any network has is refused before its charts are drawn', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const given = ['--batch', '12', '--epochs', '1', '--sharpness-size', '6', '--threads', '1', '--out', 'run'];
  const made = await repsim(['finetune', checkpoint, '--data', 'kinds.npz', ...given], workspace);
  assert.equal(made.code, 0, made.stderr);
  const file = path.join(workspace, 'run', 'run.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.model.layers = Array.from({ length: 50_000 }, (_, i) => `block.${i}`);
  await writeFile(file, JSON.stringify(manifest));
  const { code, stderr } = await repsim(['report', 'run'], workspace);
  assert.equal(code, 1);
  assert.match(stderr, /run\.json is damaged or of another version of RepSim \(model\.layers\)/);
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
