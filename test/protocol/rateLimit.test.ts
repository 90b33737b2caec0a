/** How messages are held back. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rateLimit } from '../../src/protocol/rateLimit';

test('the first goes at once, then the newest once an interval', async () => {
  const sent: number[] = [];
  const limited = rateLimit<number>(400, (value) => sent.push(value));
  for (let i = 0; i < 10; i++) limited(i);
  assert.deepEqual(sent, [0]);
  await sleep(600);
  assert.deepEqual(sent, [0, 9]);
  limited(10);
  limited(11);
  limited.flush();
  assert.equal(sent.at(-1), 11);
  const before = sent.length;
  await sleep(600);
  assert.equal(sent.length, before, 'nothing is sent twice');
});

test('what waits when it is disposed is not sent', async () => {
  const sent: number[] = [];
  const limited = rateLimit<number>(20, (value) => sent.push(value));
  limited(1);
  limited(2);
  limited.dispose();
  await sleep(50);
  assert.deepEqual(sent, [1]);
});
