/** What is found wrong with a repsim.json beyond its schema, and the text that a new one begins with. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { checkConfiguration } from '../../src/host/configuration/checkConfiguration';
import { configurationSnippet } from '../../src/host/configuration/configurationText';

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-configuration-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** Kind and text of each problem. */
async function problemsIn(text: string, folder: string): Promise<[string, string][]> {
  const found = await checkConfiguration(text, folder);
  return found.map(({ kind, offset, length }) => [kind, text.slice(offset, offset + length)]);
}

test('paths that lead nowhere, folders without a model and blocks that the model lacks are found at their place', async (t) => {
  const folder = folderWith(t, {
    'vit/config.json': JSON.stringify({ num_hidden_layers: 6 }),
    'empty/readme.txt': '',
    'torch/vit_b_16.pth': '',
    'scans.npz': '',
  });
  const text = `{
    // comments are fine
    "checkpoint": "vit",
    "data": "scan.npz",
    "layers": [0, 5, 6, 99],
  }`;
  assert.deepEqual(await problemsIn(text, folder), [
    ['missing', '"scan.npz"'],
    ['noBlock', '6'],
    ['noBlock', '99'],
  ]);
  assert.deepEqual(await problemsIn('{ "checkpoint": "empty", "data": "scans.npz" }', folder), [
    ['noCheckpoint', '"empty"'],
  ]);
  assert.deepEqual(await problemsIn('{ "checkpoint": "vit", "data": "./scans.npz" }', folder), []);
  assert.deepEqual(await problemsIn('{ "checkpoint": "vit", "data": "pathmnist" }', folder), []);
  for (const weights of ['torch', 'torch/vit_b_16.pth']) {
    assert.deepEqual(await problemsIn(`{ "checkpoint": "${weights}", "data": "scans.npz" }`, folder), []);
  }
  assert.deepEqual(await problemsIn('{ "checkpoint": "scans.npz", "data": "scans.npz" }', folder), [
    ['noCheckpoint', '"scans.npz"'],
  ]);
});

test('settings that the method does not read are told', async (t) => {
  const folder = folderWith(t, { 'vit/config.json': '{}', 'scans.npz': '' });
  const text = '{ "checkpoint": "vit", "data": "scans.npz", "method": "linear", "lambda": 0.3 }';
  assert.deepEqual(await problemsIn(text, folder), [['unread', '"lambda": 0.3']]);
  assert.deepEqual(await problemsIn(text.replace('linear', 'repsim'), folder), []);
});

test('a text that is no settings, however odd, has no such problems', async (t) => {
  const folder = folderWith(t, {
    'vit/config.json': '[1, {"num_hidden_layers": "many"}',
    'null/config.json': 'null',
  });
  const texts = [
    '',
    '[]',
    '{',
    '{ "checkpoint": 3, "data": null, "layers": {} }',
    '{ "checkpoint": "a\\u0000b", "layers": [1] }',
    '{ "checkpoint": "vit", "layers": [1, "x", null] }',
    '{ "checkpoint": "null", "layers": [1] }',
    `{ "data": "pathmnist", "x": "${'x'.repeat(2_000_000)}" }`,
    `{ "checkpoint": "${']'.repeat(100_000)}", "layers": ${'['.repeat(100_000)}`,
  ];
  for (const text of texts) assert.deepEqual(await problemsIn(text, folder), [], text.slice(0, 60));
});

const words = {
  about: 'About.',
  help: 'Help.',
  checkpoint: 'Model.',
  data: `Data costs $5 or $${'{more}'}.`,
  method: 'Method.',
  lambda: 'Lambda.',
  amount: 'Amount.',
  seed: 'Seed.',
};

test('what was found is offered in a new file, and no name in it is taken for a part of the snippet', () => {
  const text = configurationSnippet({ checkpoints: ['a,b', 'c|d', 'e}$1'], data: ['say "x".npz'] }, words);
  assert.match(text, /"checkpoint": "\$\{1\|a\\,b,c\\\|d,e\\\}\\\$1\|\}"/);
  assert.match(text, /"data": "\$\{2:say \\\\"x\\\\".npz\}"/);
  assert.match(text, /\/\/ Data costs \\\$5 or \\\$\{more\\\}\./);
  assert.match(configurationSnippet({ checkpoints: [], data: [] }, words), /\$\{1:path\/to\/checkpoint\}/);
});
