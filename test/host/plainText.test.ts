/** Labels made of untrusted names. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { plainText } from '../../src/host/ui/plainText';

test('a label is one line without control characters, direction marks and icons', () => {
  assert.equal(plainText('a\nb\u202ec\u0007 $(bug) d'), 'a b c  $ (bug) d');
});

test('a name in a message is no link', () => {
  assert.equal(plainText('[finished](command:x)'), '[finished] (command:x)');
});

test('a label of any length is cut to what can be read', () => {
  const text = plainText('x'.repeat(10_000));
  assert.equal(text.length, 120);
  assert.ok(text.endsWith('…'));
});
