/** Writes media/repsim.schema.json, with which editors complete and check `repsim.json`, from the schema of the program. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { finetuneSettings } from '../src/protocol/settings';

const { $schema, properties, ...rest } = z.toJSONSchema(finetuneSettings.strict(), {
  io: 'input',
  target: 'draft-7',
});
const schema = {
  $schema,
  title: 'A finetuning run of RepSim',
  ...rest,
  properties: { $schema: { type: 'string' }, ...properties },
};
const file = path.join(__dirname, '..', 'media', 'repsim.schema.json');
writeFileSync(file, JSON.stringify(schema, null, 2));
execFileSync('npx', ['biome', 'format', '--write', file], { stdio: 'inherit' });
