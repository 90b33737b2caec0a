/** The question which line is meant is asked once for a model. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Memento } from 'vscode';
import type { LayerPlace } from '../../../src/host/code/pathFollower';
import { ChosenPlaces } from '../../../src/host/source/chosenPlaces';

function memory(): Memento & { value: unknown } {
  const kept = {
    value: undefined as unknown,
    keys: () => [],
    get: () => kept.value,
    update: async (_key: string, value: unknown) => {
      kept.value = value;
    },
  };
  return kept as unknown as Memento & { value: unknown };
}

const place = (file: string, className: string, member: string, at = 0): LayerPlace => ({
  file,
  at,
  className,
  member,
});
const blocks = [place('a', 'Net', 'blocks'), place('b', 'Net', 'blocks'), place('b', 'Other', 'blocks', 9)];
const norms = [place('a', 'Net', 'norm'), place('b', 'Net', 'norm'), place('b', 'Other', 'norm', 9)];

test('a choice holds for the layer, and for the others of its class and file', async () => {
  const chosen = new ChosenPlaces(memory());
  assert.equal(chosen.narrow('vit', blocks).length, 3);
  await chosen.remember('vit', blocks[2]!);
  assert.deepEqual(chosen.narrow('vit', blocks), [blocks[2]]);
  assert.deepEqual(chosen.narrow('vit', norms), [norms[2]]);
  assert.deepEqual(chosen.narrow('vit', [blocks[0]!, place('b', 'Third', 'blocks')]).length, 1);
  assert.equal(chosen.narrow('resnet', blocks).length, 3, 'of another architecture nothing is known');
  assert.equal(chosen.narrow('vit', [place('c', 'Net', 'blocks'), place('d', 'Net', 'blocks')]).length, 2);
});

test('the newest choice holds, until all are forgotten', async () => {
  const chosen = new ChosenPlaces(memory());
  await chosen.remember('vit', blocks[0]!);
  await chosen.remember('vit', blocks[1]!);
  assert.deepEqual(chosen.narrow('vit', blocks), [blocks[1]]);
  await chosen.remember('vit', blocks[0]!);
  assert.deepEqual(chosen.narrow('vit', blocks), [blocks[0]]);
  assert.equal(await chosen.forget(), 2);
  assert.equal(chosen.narrow('vit', blocks).length, 3);
});

test('what is kept stays small, and what nobody can read is nothing', async () => {
  const kept = memory();
  const chosen = new ChosenPlaces(kept);
  for (let i = 0; i < 300; i++) await chosen.remember('vit', place(`file ${i}`, 'Net', 'blocks'));
  assert.equal((kept.value as unknown[]).length, 200);
  kept.value = [{ file: 1 }];
  assert.equal(chosen.narrow('vit', blocks).length, 3);
});
