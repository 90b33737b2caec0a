/** Reading `repsim.json`: what is accepted, and that a mistake is found where it is. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { parseSettingsFile } from '../../src/protocol/settingsFile';

function problemIn(text: string): { message: string; at: string } {
  const read = parseSettingsFile(text);
  assert.ok('problem' in read, `a problem in ${text}`);
  const { message, offset, length } = read.problem;
  return { message, at: text.slice(offset, offset + length) };
}

test('comments, trailing commas and $schema are allowed, and defaults are left to the schema', () => {
  const text = `{
    "$schema": "x", // how to check it
    "checkpoint": "vit", /* here */
    "data": "scans.npz",
    "epochs": 3,
  }`;
  assert.deepEqual(parseSettingsFile(text), {
    settings: { checkpoint: 'vit', data: 'scans.npz', epochs: 3 },
  });
});

test('a wrong value is found at its place', () => {
  const { message, at } = problemIn('{ "checkpoint": "c", "data": "d", "epochs": "ten" }');
  assert.match(message, /^epochs: .*number/);
  assert.equal(at, '"ten"');
  assert.equal(problemIn('{ "checkpoint": "c", "data": "d", "layers": [0, -1] }').at, '-1');
});

test('a name that is no setting is found, not passed over', () => {
  assert.deepEqual(problemIn('{ "checkpoint": "c", "data": "d", "epoch": 20 }'), {
    message: 'epoch: there is no such setting',
    at: '"epoch"',
  });
});

test('a missing setting is named', () => {
  assert.match(problemIn('{ "checkpoint": "c" }').message, /^data: /);
});

test('what is wrong is said in words', () => {
  const said = (more: string) => problemIn(`{ "checkpoint": "c", "data": "d", ${more} }`).message;
  assert.equal(problemIn('{ "checkpoint": "c" }').message, 'data: it is missing');
  assert.equal(said('"epochs": "3"'), 'epochs: it must be a number');
  assert.equal(said('"epochs": 0'), 'epochs: it must be at least 1');
  assert.equal(said('"epochs": 1.5'), 'epochs: it must be a whole number');
  assert.equal(said('"lr": 0'), 'lr: it must be more than 0');
  assert.equal(said('"batch": 5000'), 'batch: it must be at most 4096');
  assert.equal(said('"method": "ful"'), 'method: it must be "full" or "linear" or "repsim"');
  assert.equal(said('"oldData": ""'), 'oldData: it must not be empty');
  assert.equal(said('"window": [40]'), 'window: it needs at least 2 entries');
  assert.equal(said('"layers": "last"'), 'layers: it must be "final", "all" or a list of block numbers');
  assert.equal(said('"augment": { "rotation": 200 }'), 'augment.rotation: it must be at most 180');
  assert.equal(problemIn('{ "checkpoint": "c" "data": "d" }').message, 'not valid JSON (comma expected)');
});

test('a byte order mark, as editors of Windows write it, is read over', () => {
  const text = '\uFEFF{ "checkpoint": "c", "data": "d" }';
  assert.deepEqual(parseSettingsFile(text), { settings: { checkpoint: 'c', data: 'd' } });
});

test('a file that is nested too deep to be parsed is refused', () => {
  const depth = 200_000;
  const { message, at } = problemIn(`{ "layers": ${'['.repeat(depth)}${']'.repeat(depth)} }`);
  assert.equal(message, 'more than 32 levels deep');
  assert.equal(at, '[');
});

test('what is no JSON object is said to be none', () => {
  assert.match(problemIn('{ "checkpoint": ').message, /^not valid JSON/);
  assert.match(problemIn('').message, /^not valid JSON|^expected an object/);
  assert.match(problemIn('[1]').message, /^expected an object/);
  assert.match(problemIn('{ "checkpoint": "c", "data": "d", "x": 1 }').message, /no such setting/);
});
