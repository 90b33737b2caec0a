/** The config.json of a checkpoint that is derived from another one. */
import type { JsonFile } from '../formats/jsonFile';

/**
 * All members of `config` as they were, to the character, but for what finetuning changes: the labels, the dtype and
 * the architecture (undefined: left alone, as the checkpoint has no head).
 */
export function configText(
  config: JsonFile,
  architecture: string | undefined,
  labels: readonly string[],
): string {
  const members = new Map(config.sources);
  const set = (name: string, value: unknown): void => {
    members.set(name, JSON.stringify(value, undefined, 2).replaceAll('\n', '\n  '));
  };
  if (architecture !== undefined) {
    set('architectures', [architecture]);
    set('id2label', Object.fromEntries(labels.map((label, i) => [String(i), label])));
    set('label2id', Object.fromEntries(labels.map((label, i) => [label, i])));
    if (members.has('num_labels')) set('num_labels', labels.length);
    if (members.has('problem_type')) set('problem_type', 'single_label_classification');
  }
  set('dtype', 'float32');
  if (members.has('torch_dtype')) set('torch_dtype', 'float32');
  const lines = [...members].map(([name, text]) => `  ${JSON.stringify(name)}: ${text}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}
