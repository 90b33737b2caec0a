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

test('what is no JSON object is said to be none', () => {
  assert.match(problemIn('{ "checkpoint": ').message, /^not valid JSON/);
  assert.match(problemIn('').message, /^not valid JSON|^expected an object/);
  assert.match(problemIn('[1]').message, /^expected an object/);
  assert.match(problemIn('{ "checkpoint": "c", "data": "d", "x": 1 }').message, /no such setting/);
});
