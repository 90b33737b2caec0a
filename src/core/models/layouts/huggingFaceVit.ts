/**
 * Hugging Face's ViT (`model_type` "vit"; also DeiT without distillation). Files of `save_pretrained` have the classic
 * names, raw state dicts of transformers 5 the modern ones, and wrappers put prefixes before both: all are read, and
 * every tensor is written back under the name it came with.
 */
import { UserError } from '../../errors';
import type { JsonFile } from '../../formats/jsonFile';
import type { SafetensorsEntry } from '../../formats/safetensorsHeader';
import { activationNames } from '../activations';
import { ConfigReader } from '../configReader';
import { headPrefix } from '../model';
import { createVit, patchGrid, type VitConfig } from '../vit';
import type { CheckpointLayout, StoredTensor, UnderstoodLayout } from './layout';
import { checkNames, checkShapes } from './tensorChecks';

const maximumTokens = 65_536;

/** The values that transformers takes for keys that a config.json leaves out. */
export function readVitConfig(file: JsonFile): Omit<VitConfig, 'classes'> {
  const config = new ConfigReader(file);
  const width = config.integer('hidden_size', 768, 1, 16_384);
  const heads = config.integer('num_attention_heads', 12, 1, width);
  const image = config.size('image_size', 224, 16_384);
  const patch = config.size('patch_size', 16, 1024);
  if (width % heads !== 0) {
    throw new UserError(
      `${file.path}: hidden_size ${width} cannot be divided among num_attention_heads ${heads}.`,
    );
  }
  config.integer('num_channels', 3, 3, 3);
  if (image.height % patch.height !== 0 || image.width % patch.width !== 0) {
    throw new UserError(
      `${file.path}: image_size ${image.height}x${image.width} is no multiple of patch_size ${patch.height}x${patch.width}.`,
    );
  }
  const { rows, columns } = patchGrid({ image, patch });
  if (rows * columns > maximumTokens) {
    throw new UserError(`${file.path}: ${rows}x${columns} patches an image are more than ${maximumTokens}.`);
  }
  return {
    width,
    heads,
    image,
    patch,
    depth: config.integer('num_hidden_layers', 12, 1, 1000),
    mlpWidth: config.integer('intermediate_size', 3072, 1, 131_072),
    activation: config.oneOf('hidden_act', 'gelu', activationNames),
    layerNormEpsilon: config.positive('layer_norm_eps', 1e-12, 1),
    attentionBias: config.boolean('qkv_bias', true),
  };
}

const headKey = 'classifier';
/** Not used in classification: SimMIM's token, and the pooler of ViTModel. */
const keptKeys = ['embeddings.mask_token', 'pooler.dense.weight', 'pooler.dense.bias'];

/**
 * The stored tensors of every parameter, with the classic names of a file without prefix, here called keys:
 * query, key and value lie one after the other in our `qkv`.
 */
function keysOf(config: VitConfig): Map<string, StoredTensor[]> {
  const { width: d, mlpWidth, patch } = config;
  const keys = new Map<string, StoredTensor[]>();
  const add = (parameter: string, shape: readonly number[], ...names: string[]): void => {
    keys.set(
      parameter,
      names.map((name) => ({ name, shape })),
    );
  };
  const linear = (parameter: string, out: number, into: number, ...names: string[]): void => {
    add(`${parameter}.weight`, [out, into], ...names.map((name) => `${name}.weight`));
    add(`${parameter}.bias`, [out], ...names.map((name) => `${name}.bias`));
  };
  const norm = (parameter: string, name: string): void => {
    add(`${parameter}.weight`, [d], `${name}.weight`);
    add(`${parameter}.bias`, [d], `${name}.bias`);
  };
  const { rows, columns } = patchGrid(config);
  const projection = 'embeddings.patch_embeddings.projection';
  add('embeddings.patch.weight', [d, 3, patch.height, patch.width], `${projection}.weight`);
  add('embeddings.patch.bias', [d], `${projection}.bias`);
  add('embeddings.cls', [1, 1, d], 'embeddings.cls_token');
  add('embeddings.position', [1, 1 + rows * columns, d], 'embeddings.position_embeddings');
  for (let i = 0; i < config.depth; i++) {
    const block = `blocks.${i}`;
    const layer = `encoder.layer.${i}`;
    const projections = ['query', 'key', 'value'].map((name) => `${layer}.attention.attention.${name}`);
    norm(`${block}.norm1`, `${layer}.layernorm_before`);
    linear(`${block}.attention.qkv`, d, d, ...projections);
    if (!config.attentionBias) keys.delete(`${block}.attention.qkv.bias`);
    linear(`${block}.attention.output`, d, d, `${layer}.attention.output.dense`);
    norm(`${block}.norm2`, `${layer}.layernorm_after`);
    linear(`${block}.mlp.fc1`, mlpWidth, d, `${layer}.intermediate.dense`);
    linear(`${block}.mlp.fc2`, d, mlpWidth, `${layer}.output.dense`);
  }
  norm('norm', 'layernorm');
  if (config.classes > 0) linear(headPrefix.slice(0, -1), config.classes, d, headKey);
  return keys;
}

const modernNames: readonly (readonly [RegExp, string])[] = [
  [/^layers\./, 'encoder.layer.'],
  [/\.attention\.q_proj\./, '.attention.attention.query.'],
  [/\.attention\.k_proj\./, '.attention.attention.key.'],
  [/\.attention\.v_proj\./, '.attention.attention.value.'],
  [/\.attention\.o_proj\./, '.attention.output.dense.'],
  [/\.mlp\.fc1\./, '.intermediate.dense.'],
  [/\.mlp\.fc2\./, '.output.dense.'],
];

/** The key of a name in a file: wrappers and the prefix of the base model taken off, modern names made classic. */
export function keyOf(name: string): string {
  const bare = name.replace(/^(?:(?:model|module|backbone)\.)*(?:vit\.)?/, '');
  return modernNames.reduce((key, [modern, classic]) => key.replace(modern, classic), bare);
}

/** The name of a key in a file of ViTForImageClassification. */
function classicName(key: string): string {
  return key.startsWith(`${headKey}.`) ? key : `vit.${key}`;
}

function understood(
  config: VitConfig,
  nameOf: (key: string) => string,
  kept: readonly SafetensorsEntry[],
): UnderstoodLayout {
  const parts = [...keysOf(config)].map(([parameter, stored]): [string, StoredTensor[]] => [
    parameter,
    stored.map(({ name, shape }) => ({ name: nameOf(name), shape })),
  ]);
  return {
    model: createVit(config),
    parts: new Map(parts),
    kept: new Map(kept.map(({ name, shape }) => [name, { name: nameOf(keyOf(name)), shape }])),
    // A file without a head is one of the bare ViTModel; with a head it becomes one of ViTForImageClassification.
    withClasses: (classes) =>
      understood({ ...config, classes }, config.classes > 0 ? nameOf : classicName, kept),
  };
}

export const huggingFaceVit: CheckpointLayout = {
  modelType: 'vit',
  architecture: 'ViTForImageClassification',
  understand(file, entries, path) {
    const body = readVitConfig(file);
    const found = new Map<string, SafetensorsEntry>();
    for (const entry of entries.values()) {
      const key = keyOf(entry.name);
      const other = found.get(key);
      if (other !== undefined) {
        throw new UserError(`${path} holds ${key} twice: as ${other.name} and as ${entry.name}. Remove one.`);
      }
      found.set(key, entry);
    }
    const classes = found.get(`${headKey}.weight`)?.shape[0] ?? (found.has(`${headKey}.bias`) ? 1 : 0);
    const config = { ...body, classes };
    const wanted = [...keysOf(config).values()].flat();
    checkNames(path, found, wanted, keptKeys);
    const positions = found.get('embeddings.position_embeddings')!;
    checkPositionGrid(config, positions, file.path, path);
    checkShapes(path, found, wanted, file.path);
    const kept = keptKeys.flatMap((key) => found.get(key) ?? []);
    return understood(config, (key) => found.get(key)?.name ?? classicName(key), kept);
  },
};

function checkPositionGrid(
  config: VitConfig,
  positions: SafetensorsEntry,
  configPath: string,
  path: string,
): void {
  const { rows, columns } = patchGrid(config);
  const { image, patch } = config;
  const [, tokens] = positions.shape;
  if (positions.shape.length === 3 && tokens !== 1 + rows * columns) {
    throw new UserError(
      `${configPath} says images of ${image.height}x${image.width} in patches of ${patch.height}x${patch.width}, which is ` +
        `${rows}x${columns} patches and CLS, but ${positions.name} of ${path} has ${tokens} positions. ` +
        'Set image_size to the size that the checkpoint was made for.',
    );
  }
}
