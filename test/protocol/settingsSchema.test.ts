/** The schema that editors complete and check `repsim.json` with. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { settingsSchema } from '../../scripts/settingsSchema';

test('the schema in the package is that of the program', () => {
  const file = path.join(__dirname, '../../media/repsim.schema.json');
  assert.deepEqual(
    JSON.parse(readFileSync(file, 'utf8')),
    JSON.parse(JSON.stringify(settingsSchema())),
    'run `node --import tsx scripts/settingsSchema.ts`',
  );
});

test('a hover tells what every setting is for, and completion what every value of a list means', () => {
  const { properties } = settingsSchema();
  const silent = Object.entries(properties).flatMap(
    ([name, { description, enum: values, enumDescriptions, anyOf }]) => {
      const lists = [{ enum: values, enumDescriptions }, ...(anyOf ?? [])];
      const unsaid = lists.flatMap((list) => (list.enum ?? []).filter((_, i) => !list.enumDescriptions?.[i]));
      return [...(description ? [] : [name]), ...unsaid.map((value) => `${name}: ${value}`)];
    },
  );
  assert.deepEqual(silent, []);
});
