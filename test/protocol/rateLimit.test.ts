/** How messages are held back. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { rateLimit } from '../../src/protocol/rateLimit';

/** Longer than any pause of a busy machine between two lines; the clock of the test passes over it. */
const interval = 600_000;

test('the first goes at once, then the newest once an interval', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: number[] = [];
  const limited = rateLimit<number>(interval, (value) => sent.push(value));
  for (let i = 0; i < 10; i++) limited(i);
  assert.deepEqual(sent, [0]);
  t.mock.timers.tick(interval);
  assert.deepEqual(sent, [0, 9]);
  limited(10);
  limited(11);
  assert.deepEqual(sent, [0, 9]);
  limited.flush();
  assert.deepEqual(sent, [0, 9, 11]);
  t.mock.timers.tick(interval);
  assert.deepEqual(sent, [0, 9, 11], 'nothing is sent twice');
});

test('what waits when it is disposed is not sent', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const sent: number[] = [];
  const limited = rateLimit<number>(interval, (value) => sent.push(value));
  limited(1);
  limited(2);
  limited.dispose();
  t.mock.timers.tick(interval);
  assert.deepEqual(sent, [1]);
});
