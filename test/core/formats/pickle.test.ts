/** Pickles that were made to take all time or memory. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { unpickle } from '../../../src/core/formats/pickle';
import { torchWorld } from '../../../src/core/formats/torchPickle';

const text = (word: string) => [0x8c, word.length, ...Buffer.from(word)];
const memoize = 0x94;
const read = (...bytes: number[]) =>
  unpickle(Uint8Array.from([0x80, 4, ...bytes, 0x2e]), torchWorld('a.pth'));
const damaged = (message: RegExp) => ({ name: 'UserError', message });

/** A list that holds two of the one before, sixty times over: its text has 2^60 parts. */
const nested = [0x5d, memoize];
for (let i = 0; i < 60; i++) nested.push(0x5d, memoize, 0x28, 0x68, i, 0x68, i, 0x65);

test('a global whose name is no text is refused without writing it out', () => {
  assert.throws(() => read(...nested, ...text('name'), 0x93), damaged(/a global has no name at byte/));
});

test('what makes a tensor of a type must make a tensor', () => {
  const bytes = [
    ...[...text('torch._tensor'), ...text('_rebuild_from_type_v2'), 0x93],
    ...[...text('builtins'), ...text('list'), 0x93, 0x4e],
    // (list, None, ([],)) and the call
    ...[0x5d, 0x85, 0x87, 0x52],
  ];
  assert.throws(() => read(...bytes), damaged(/a tensor is made in an unknown way/));
});

test('a dictionary of pairs is one whether they are tuples or lists', () => {
  const pair = (...end: number[]) => [0x28, ...text('a'), 0x4b, 1, ...end];
  const bytes = (...end: number[]) => [
    ...[...text('collections'), ...text('OrderedDict'), 0x93],
    ...[0x28, ...pair(...end), 0x6c, 0x85, 0x52],
  ];
  for (const end of [0x74, 0x6c]) assert.deepEqual(read(...bytes(end)).value, new Map([['a', 1]]));
});
