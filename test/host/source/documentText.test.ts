import assert from 'node:assert/strict';
import test from 'node:test';
import { documentText } from '../../../src/host/source/documentText';

const of = (text: string) => documentText(Buffer.from(text));

test('a file is read as the editor shows it: without a mark at the beginning, its line ends all of one kind', () => {
  assert.equal(of('\ufeffa\nb'), 'a\nb');
  assert.equal(of('a\r\nb\r\n'), 'a\r\nb\r\n');
  assert.equal(of('a\r\nb\nc\r\n'), 'a\r\nb\r\nc\r\n');
  assert.equal(of('a\r\nb\nc\n'), 'a\nb\nc\n');
  assert.equal(of('a\r\nb\n'), 'a\nb\n');
  assert.equal(of('a\rb\rc\n'), 'a\r\nb\r\nc\r\n');
  assert.equal(of(''), '');
});
