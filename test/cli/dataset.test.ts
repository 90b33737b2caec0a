/** `repsim dataset` and its contract: what is on stdout and stderr, and the exit codes. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { inspection } from '../../src/protocol/inspection';
import { fileServer } from '../core/download/fileServer';
import { temporaryFolder } from '../core/formats/temporary';
import { repsim } from './repsim';

const samples = path.join(import.meta.dirname, '../../samples');

test('list --json names every set with its task, sizes and licence', async (t) => {
  const { code, stdout, stderr } = await repsim(['dataset', 'list', '--json'], await temporaryFolder(t));
  assert.equal(code, 0, stderr);
  const { sets } = JSON.parse(stdout);
  assert.equal(sets.length, 18);
  const derma = sets.find(({ flag }: { flag: string }) => flag === 'dermamnist');
  assert.deepEqual(
    [derma.task, derma.license, derma.sizes],
    ['multi-class', 'CC BY-NC 4.0', [28, 64, 128, 224]],
  );
  assert.match(stderr, /retinamnist +ordinal-regression/);
});

test('inspect --json prints one object that keeps to the schema, and people read what it says', async (t) => {
  const args = ['dataset', 'inspect', 'fashion.npz', '--checkpoint', 'fashion-vit-tiny', '--json'];
  const { code, stdout, stderr } = await repsim(args, samples);
  assert.equal(code, 0, stderr);
  assert.equal(stdout.trim().split('\n').length, 1);
  const found = inspection.parse(JSON.parse(stdout));
  assert.deepEqual(found.preprocessing?.input, { width: 28, height: 28 });
  assert.match(stderr, /multi-class, 10 classes, 1500 images/);
  const wrong = await repsim(['dataset', 'inspect', 'nothing'], await temporaryFolder(t));
  assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
  assert.match(
    wrong.stderr,
    /^repsim: The data .*nothing cannot be read: there is no such file or folder; give an .npz file/,
  );
  const argument = await repsim(['dataset', 'inspect', 'fashion.npz', '--window', '40'], samples);
  assert.equal(argument.code, 2);
  assert.match(argument.stderr, /"window" is wrong/);
});

test('pull refuses wrong bytes, and names that are none with what there is', async (t) => {
  const server = await fileServer({ bytes: Buffer.from('<html>') });
  t.after(() => server.close());
  const folder = await temporaryFolder(t);
  const url = new URL('.', server.url).href;
  const pulled = await repsim(
    ['dataset', 'pull', 'bloodmnist', '--size', '64', '--url', url, '--out', '.'],
    folder,
  );
  assert.equal(pulled.code, 1);
  assert.match(pulled.stderr, /is not the expected file \(md5/);
  const unknown = await repsim(['dataset', 'pull', 'blood', '--url', url], folder);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /choose one of bloodmnist/);
});
