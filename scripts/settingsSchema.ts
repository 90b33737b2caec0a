/** Writes media/repsim.schema.json, with which editors complete and check `repsim.json`, from the schema of the program. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { finetuneSettings } from '../src/protocol/settings';
import { settingDocs } from './settingDocs';

interface Property {
  description?: string;
  default?: unknown;
  enum?: readonly string[];
  enumDescriptions?: readonly string[];
  anyOf?: Property[];
}

/** The schema, with what VS Code shows besides: what each value of a list means, and the defaults. */
export function settingsSchema(): { properties: Record<string, Property>; [name: string]: unknown } {
  const { $schema, properties, ...rest } = z.toJSONSchema(finetuneSettings.strict(), {
    io: 'input',
    target: 'draft-7',
  });
  const documented = Object.entries(properties as Record<string, Property>).map(([name, property]) => [
    name,
    withDocs(property, settingDocs[name] ?? {}),
  ]);
  return {
    $schema,
    title: 'A finetuning run of RepSim',
    description: 'Settings of "RepSim: Finetune as repsim.json Says" and of `repsim finetune repsim.json`.',
    allowComments: true,
    allowTrailingCommas: true,
    ...rest,
    properties: {
      $schema: { type: 'string', description: 'What editors check the file by.' },
      ...Object.fromEntries(documented),
    },
  };
}

function withDocs(property: Property, values: Readonly<Record<string, string>>): Property {
  const { default: fallback, description = '' } = property;
  const says = fallback === undefined || description.includes('Default:');
  return {
    ...property,
    ...(description && {
      description: says ? description : `${description} Default: ${JSON.stringify(fallback)}.`,
    }),
    ...(property.enum && { enumDescriptions: property.enum.map((value) => values[value] ?? '') }),
    ...(property.anyOf && { anyOf: property.anyOf.map((one) => withDocs(one, values)) }),
  };
}

if (require.main === module) {
  const file = path.join(__dirname, '..', 'media', 'repsim.schema.json');
  writeFileSync(file, JSON.stringify(settingsSchema(), null, 2));
  execFileSync('npx', ['biome', 'format', '--write', file], { stdio: 'inherit' });
}
