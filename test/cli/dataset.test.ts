/** `repsim dataset` and its contract: what is on stdout and stderr, and the exit codes. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { inspection } from '../../src/protocol/inspection';
import { fileServer } from '../core/download/fileServer';
import { checkpoint } from '../core/finetune/tinyJob';
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

const noSuchNames = { skip: process.platform === 'win32' };
test('names that command a terminal or break lines are shown as their codes', noSuchNames, async (t) => {
  const root = await temporaryFolder(t);
  for (const name of ['\x1b]0;title\x07a', 'b\nc', '\u202ed']) {
    await mkdir(path.join(root, 'data', name), { recursive: true });
    const pixel = sharp({ create: { width: 9, height: 9, channels: 3, background: '#456' } });
    await pixel.png().toFile(path.join(root, 'data', name, 'x.png'));
  }
  const { code, stderr } = await repsim(['dataset', 'inspect', 'data'], root);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /\n {2}\\x1b\]0;title\\x07a +1\n {2}b\\x0ac +1\n {2}\\u202ed +1\n/);
  for (const command of ['\x1b', '\x07', '\u202e']) assert.ok(!stderr.includes(command));
  const missing = await repsim(['dataset', 'inspect', 'no\x1b[31mthing'], root);
  assert.match(missing.stderr, /no\\x1b\[31mthing cannot be read/);
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

test('a table of images of patients is inspected, finetuned on and analysed with the same splits', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'images'));
  const lines = ['path;diagnosis;patient'];
  for (let i = 0; i < 60; i++) {
    const bytes = Uint8Array.from({ length: 28 * 28 }, (_, k) => (k * (i % 2 ? 3 : 7) + i) % 256);
    const image = sharp(bytes, { raw: { width: 28, height: 28, channels: 1 } });
    await image.toFile(path.join(folder, 'images', `${i}.${i % 3 ? 'png' : 'tif'}`));
    lines.push(
      `images/${i}.${i % 3 ? 'png' : 'tif'};${i % 2 ? 'benign' : 'malignant'};p${Math.floor(i / 4)}`,
    );
  }
  await writeFile(path.join(folder, 'table.csv'), lines.join('\n'));
  const data = ['--group-by', 'patient', '--seed', '3', '--json'];
  const seen = await repsim(['dataset', 'inspect', 'table.csv', ...data], folder);
  assert.equal(seen.code, 0, seen.stderr);
  const { splits, groups, classes } = inspection.parse(JSON.parse(seen.stdout));
  assert.deepEqual([groups, classes], [{ by: 'patient', count: 15 }, ['benign', 'malignant']]);
  const args = [
    'finetune',
    checkpoint,
    '--data',
    'table.csv',
    '--epochs',
    '1',
    '--batch',
    '8',
    '--threads',
    '1',
  ];
  const run = await repsim([...args, '--method', 'full', '--out', 'run', ...data], folder);
  assert.equal(run.code, 0, run.stderr);
  const counts = Object.fromEntries(splits.map(({ name, images }) => [name, images]));
  assert.deepEqual(JSON.parse(run.stdout).splits, counts);
  const compared = await repsim(['compare', 'run', '--split', 'val', '--json'], folder);
  assert.equal(compared.code, 0, compared.stderr);
  assert.equal(JSON.parse(compared.stdout).n, counts.val, 'the images that were held out');
});
