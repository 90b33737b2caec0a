/** The class names of a checkpoint, as `id2label` of its `config.json` has them. */
import { UserError } from '../errors';
import type { JsonFile } from '../formats/jsonFile';
import { isJsonObject } from '../formats/strictJson';

/**
 * Labels in the order of the rows of the head, of which there are `rows`; without `id2label`, the names that
 * transformers gives: "LABEL_0", ... Throws a UserError if they do not belong to a head of that size.
 */
export function readLabels(config: JsonFile, rows: number): readonly string[] {
  // The config.json of a network without a head may name classes all the same.
  if (rows === 0) return [];
  const { id2label } = config.value;
  if (id2label === undefined || id2label === null) {
    return Array.from({ length: rows }, (_, i) => `LABEL_${i}`);
  }
  const count = isJsonObject(id2label) ? Object.keys(id2label).length : 0;
  if (!isJsonObject(id2label) || count !== rows) {
    throw new UserError(
      `${config.path}: id2label names ${count} classes but the head has ${rows}. Make them the same.`,
    );
  }
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
