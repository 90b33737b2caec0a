/** The command outlives who reads what it writes. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { start } from './repsim';

test('a reader of stdout that leaves early, as head does, is no failure', async () => {
  const { child, finished } = start(['dataset', 'list', '--json'], import.meta.dirname);
  child.stdout!.destroy();
  const { code, stderr } = await finished;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /EPIPE|\n {4}at /);
});

test('the work goes on where nobody reads stderr any more', async () => {
  const { child, finished } = start(['dataset', 'list', '--json'], import.meta.dirname);
  child.stderr!.destroy();
  const { code, stdout } = await finished;
  assert.equal(code, 0);
  assert.equal(typeof JSON.parse(stdout), 'object');
});
