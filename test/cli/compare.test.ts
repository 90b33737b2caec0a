/** `repsim compare` and `repsim features` and their contract: what is on stdout and stderr, and the exit codes. */
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { compareResult } from '../../src/protocol/compare';
import { relatedLayers, writeDump } from '../core/compare/dumps';
import { checkpoint, tinyWorkspace } from '../core/finetune/tinyJob';
import { repsim } from './repsim';

const other = path.join(import.meta.dirname, '../../samples/fashion-vit-tiny');

test('compare --json prints exactly one object, as the contract has it, and people read stderr', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const args = [
    'compare',
    checkpoint,
    other,
    '--data',
    'kinds.npz',
    '--measures',
    'cka,jsd',
    '--threads',
    '1',
  ];
  const { code, stdout, stderr } = await repsim([...args, '--json'], workspace);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim().split('\n').length, 1);
  const result = compareResult.parse(JSON.parse(stdout));
  assert.deepEqual([result.a, result.b, result.n, result.samples], [checkpoint, other, 12, 'cls']);
  const { matrix, larger } = result.measures.cka!;
  assert.equal(larger, 'more similar');
  assert.deepEqual([matrix.length, matrix[0]!.length], [result.layersA.length, result.layersB.length]);
  for (const value of matrix.flat()) assert.ok(value! > 0 && value! <= 1);
  const jsd = result.measures.jsd!;
  assert.deepEqual(jsd.matrix, [[null]]);
  assert.match(jsd.why![0]!.why, /the two models have \d+ and \d+ classes/);
  assert.match(stderr, /block\.0 +block\.0 +0\.\d{4}/);
  assert.match(stderr, /Not defined: the two models have/);

  const plain = await repsim(args, workspace);
  assert.deepEqual([plain.code, plain.stdout], [0, '']);
});

test('features writes its file, and the dump compares without data', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  const args = ['features', checkpoint, '--data', 'kinds.npz', '--threads', '1', '--json'];
  const { code, stdout, stderr } = await repsim([...args, '--split', 'train', '--out', 'f.npz'], workspace);
  assert.equal(code, 0, stderr);
  const written = JSON.parse(stdout);
  assert.equal(written.n, 36);
  await access(path.join(workspace, 'f.npz'));
  const compared = await repsim(['compare', 'f.npz', 'f.npz', '--layers', 'block.*', '--json'], workspace);
  assert.equal(compared.code, 0, compared.stderr);
  assert.deepEqual(JSON.parse(compared.stdout).layersA, ['block.0', 'block.1', 'block.2']);
});

test('wrong arguments end with code 2 and one line that says what to do', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  await writeDump(workspace, 'a.npz', relatedLayers(10, [3], 1));
  const cases: [string[], RegExp][] = [
    [['compare', checkpoint, other], /--data/],
    [['compare', 'a.npz'], /Name what .* is to be compared with/],
    [['compare', 'a.npz', 'a.npz', '--measures', 'ckaa'], /choose from cka, cka-debiased/],
    [['compare', 'a.npz', 'a.npz', '--limit', '0'], /limit/],
    [['compare', 'a.npz', 'a.npz', '--samples', 'patches'], /cls, mean, tokens/],
    [['features', checkpoint, '--out', 'f.npz'], /--data/],
    [['features', checkpoint, '--data', 'kinds.npz'], /--out/],
    [
      ['features', checkpoint, '--data', 'kinds.npz', '--out', 'f.pt'],
      /must end with \.safetensors or \.npz/,
    ],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await repsim(args, workspace);
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    assert.equal(stdout, '');
    assert.match(stderr, message);
  }
});

test('what cannot be compared ends with code 1 and one sentence', async (t) => {
  const { workspace } = await tinyWorkspace(t);
  await writeDump(workspace, 'a.npz', relatedLayers(10, [3], 1));
  await writeDump(workspace, 'b.npz', relatedLayers(11, [3], 1));
  const { code, stdout, stderr } = await repsim(['compare', 'a.npz', 'b.npz', '--json'], workspace);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr.trim().split('\n').at(-1)!, /^repsim: .*has 10 samples and .*has 11/);
});
