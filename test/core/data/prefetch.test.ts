import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { prefetch } from '../../../src/core/data/prefetch';

test('items come in order, with two reads under way beyond the one in use and no more', async () => {
  let begun = 0;
  const read = async (item: number) => {
    begun++;
    await sleep(item % 2 ? 1 : 5);
    return item * 10;
  };
  const results: number[] = [];
  for await (const result of prefetch([0, 1, 2, 3, 4, 5], read)) {
    results.push(result);
    assert.equal(begun, Math.min(6, results.length + 2));
  }
  assert.deepEqual(results, [0, 10, 20, 30, 40, 50]);
});

test('an error comes in the turn of its item', async () => {
  const failing = async (item: number) => {
    if (item === 1) throw new Error('item 1');
    return item;
  };
  const results: number[] = [];
  await assert.rejects(async () => {
    for await (const result of prefetch([0, 1, 2], failing)) results.push(result);
  }, /item 1/);
  assert.deepEqual(results, [0]);
});

test('leaving early ends what is under way', async () => {
  const ended: number[] = [];
  const slow = async (item: number, signal: AbortSignal) => {
    if (item === 0) return item;
    await sleep(60_000, undefined, { signal }).catch(() => ended.push(item));
    return item;
  };
  for await (const result of prefetch([0, 1, 2, 3], slow)) {
    assert.equal(result, 0);
    break;
  }
  assert.deepEqual(ended, [1, 2]);
});

test('cancelling rejects with the reason of the signal', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const read = async (item: number, signal: AbortSignal) => {
    if (item === 0) return item;
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    return item;
  };
  await assert.rejects(async () => {
    for await (const _ of prefetch([0, 1, 2], read, { signal: controller.signal })) controller.abort(reason);
  }, reason);
  await assert.rejects(async () => {
    for await (const _ of prefetch([0], read, { signal: controller.signal }))
      assert.fail('nothing may be read');
  }, reason);
});
