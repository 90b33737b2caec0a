/** What is loaded with its first use. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { lazily } from '../../src/host/ui/lazily';

test('it is loaded once, with the first use, and disposed of if it was', async () => {
  const seen: string[] = [];
  const make = () =>
    lazily(async () => {
      seen.push('loaded');
      return { dispose: () => seen.push('disposed') };
    });
  const used = make();
  assert.deepEqual(seen, []);
  assert.equal(await used(), await used());
  assert.deepEqual(seen, ['loaded']);
  used.dispose();
  make().dispose();
  await new Promise(setImmediate);
  assert.deepEqual(seen, ['loaded', 'disposed']);
});

test('what could not be loaded is tried again with the next use', async () => {
  let tries = 0;
  const panels = lazily(async () => {
    if (++tries === 1) throw new Error('no memory');
    return { dispose: () => undefined };
  });
  await assert.rejects(panels(), /no memory/);
  panels.dispose();
  assert.ok(await panels());
  assert.equal(tries, 2);
});
