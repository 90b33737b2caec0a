/** The config.json of a checkpoint that is derived from another one. */

import type { JsonFile } from '../formats/jsonFile';
import type { FloatDType } from '../formats/safetensorsWriter';
import type { JsonObject, JsonValue } from '../formats/strictJson';
import { ConfigMembers } from './configMembers';

/** A head that the checkpoint did not have: what its rows are called, and transformers' name for the network with it. */
export interface NewHead {
  readonly architecture: string | undefined;
  readonly labels: readonly string[];
}

export const dtypeNames: Readonly<Record<FloatDType, string>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F64: 'float64',
};

/**
 * All members of a config.json of transformers as they were, to the character, but for what a new head and the dtype of the
 * weights change.
 */
export function transformersConfig(config: JsonFile, head: NewHead | undefined, dtype: FloatDType): string {
  const members = new ConfigMembers(config.sources);
  if (head !== undefined) {
    if (head.architecture !== undefined) members.set('architectures', [head.architecture]);
    members.set('id2label', Object.fromEntries(head.labels.map((label, i) => [String(i), label])));
    members.set('label2id', Object.fromEntries(head.labels.map((label, i) => [label, i])));
    if (members.has('num_labels')) members.set('num_labels', head.labels.length);
    // That of the old head; without it, transformers sees from the labels what the problem is.
    members.delete('problem_type');
  }
  members.set('dtype', dtypeNames[dtype]);
  if (members.has('torch_dtype')) members.set('torch_dtype', dtypeNames[dtype]);
  return members.text();
}

/** The same for a config.json of timm. */
export function timmConfig(config: JsonFile, head: NewHead | undefined): string {
  const members = new ConfigMembers(config.sources);
  if (head !== undefined) {
    const classes = head.labels.length;
    members.set('num_classes', classes);
    members.set('label_names', head.labels);
    for (const name of ['model_args', 'pretrained_cfg']) {
      const nested = members.nested(name);
      if (nested?.has('num_classes') !== true) continue;
      nested.set('num_classes', classes);
      members.setText(name, nested.text());
    }
  }
  return members.text();
}

/**
 * Of a network whose config.json, if it has one, does not say what it is: the names of new classes, and what its tensors do
 * not tell. Undefined if there is nothing to say.
 */
export function plainConfig(
  config: JsonFile | undefined,
  labels: readonly string[],
  facts: Readonly<Record<string, JsonValue>>,
): string | undefined {
  const value: JsonObject = { ...config?.value, ...facts };
  if (labels.length > 0) value.label_names = [...labels];
  return Object.keys(value).length === 0 ? undefined : `${JSON.stringify(value, undefined, 2)}\n`;
}
