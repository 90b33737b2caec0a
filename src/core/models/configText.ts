/** The config.json of a checkpoint that is derived from another one. */

import type { JsonFile } from '../formats/jsonFile';
import type { FloatDType } from '../formats/safetensorsWriter';
import { isJsonObject, type JsonObject, type JsonValue } from '../formats/strictJson';

/** A head that the checkpoint did not have: what its rows are called, and transformers' name for the network with it. */
export interface NewHead {
  readonly architecture: string | undefined;
  readonly labels: readonly string[];
}

const dtypeNames: Readonly<Record<FloatDType, string>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F64: 'float64',
};

/** The members of an object in their order, those that are not set with the text that they had. */
class Members {
  private readonly members: Map<string, string>;

  constructor(config: JsonFile) {
    this.members = new Map(config.sources);
  }

  has(name: string): boolean {
    return this.members.has(name);
  }

  set(name: string, value: unknown): void {
    this.members.set(name, JSON.stringify(value, undefined, 2).replaceAll('\n', '\n  '));
  }

  text(): string {
    const lines = [...this.members].map(([name, text]) => `  ${JSON.stringify(name)}: ${text}`);
    return `{\n${lines.join(',\n')}\n}\n`;
  }
}

/**
 * All members of a config.json of transformers as they were, to the character, but for what a new head and the dtype of the
 * weights change.
 */
export function transformersConfig(config: JsonFile, head: NewHead | undefined, dtype: FloatDType): string {
  const members = new Members(config);
  if (head !== undefined) {
    if (head.architecture !== undefined) members.set('architectures', [head.architecture]);
    members.set('id2label', Object.fromEntries(head.labels.map((label, i) => [String(i), label])));
    members.set('label2id', Object.fromEntries(head.labels.map((label, i) => [label, i])));
    if (members.has('num_labels')) members.set('num_labels', head.labels.length);
    if (members.has('problem_type')) members.set('problem_type', 'single_label_classification');
  }
  members.set('dtype', dtypeNames[dtype]);
  if (members.has('torch_dtype')) members.set('torch_dtype', dtypeNames[dtype]);
  return members.text();
}

/** The same for a config.json of timm. */
export function timmConfig(config: JsonFile, head: NewHead | undefined): string {
  const members = new Members(config);
  if (head !== undefined) {
    const classes = head.labels.length;
    members.set('num_classes', classes);
    members.set('label_names', head.labels);
    for (const name of ['model_args', 'pretrained_cfg']) {
      const value = config.value[name];
      if (isJsonObject(value) && 'num_classes' in value)
        members.set(name, { ...value, num_classes: classes });
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
