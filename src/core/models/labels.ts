/** The class names of a checkpoint, as its `config.json` has them. */
import { UserError } from '../errors';
import type { JsonFile } from '../formats/jsonFile';
import { isJsonObject, type JsonValue } from '../formats/strictJson';

/**
 * Labels in the order of the rows of the head, of which there are `rows`: `id2label` of transformers or `label_names` of
 * timm; without either, the names that transformers gives: "LABEL_0", ... Throws a UserError if they do not belong to a
 * head of that size.
 */
export function readLabels(config: JsonFile | undefined, rows: number): readonly string[] {
  // The config.json of a network without a head may name classes all the same.
  if (rows === 0) return [];
  const { id2label, label_names: names } = config?.value ?? {};
  if (id2label !== undefined && id2label !== null) return fromTable(config!, id2label, rows);
  if (names !== undefined && names !== null) return fromList(config!, names, rows);
  return Array.from({ length: rows }, (_, i) => `LABEL_${i}`);
}

function fromTable(config: JsonFile, id2label: JsonValue, rows: number): readonly string[] {
  const count = isJsonObject(id2label) ? Object.keys(id2label).length : 0;
  if (!isJsonObject(id2label) || count !== rows) throw otherCount(config, 'id2label', count, rows);
  return Array.from({ length: rows }, (_, i) => {
    const label = id2label[String(i)];
    if (typeof label !== 'string') {
      throw new UserError(
        `${config.path}: id2label has no name for class ${i}. Its keys must be "0" to "${rows - 1}".`,
      );
    }
    return label;
  });
}

function fromList(config: JsonFile, names: JsonValue, rows: number): readonly string[] {
  const count = Array.isArray(names) ? names.length : 0;
  if (!Array.isArray(names) || count !== rows) throw otherCount(config, 'label_names', count, rows);
  return names.map((name, i) => {
    if (typeof name === 'string') return name;
    throw new UserError(
      `${config.path}: label_names has no name for class ${i}, but ${JSON.stringify(name).slice(0, 80)}. Give it one.`,
    );
  });
}

function otherCount(config: JsonFile, key: string, count: number, rows: number): UserError {
  return new UserError(
    `${config.path}: ${key} names ${count} classes but the head has ${rows}. Make them the same.`,
  );
}
