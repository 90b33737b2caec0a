/**
 * Hugging Face's ViT and DeiT (`model_type` "vit" and "deit"). Files of `save_pretrained` have the classic names, raw state
 * dicts of transformers 5 the modern ones, and wrappers put prefixes before both: all are read, and every tensor is
 * written back under the name it came with.
 */
import { UserError } from '../../errors';
import type { JsonFile } from '../../formats/jsonFile';
import type { TensorEntry } from '../../formats/tensorSource';
import { activationNames } from '../activations';
import { ConfigReader } from '../configReader';
import { patchGrid, type VitConfig, vitConfig } from '../vitConfig';
import { embeddingNames, keyOfNames, modernAttention } from './huggingFaceNames';
import { type CheckpointLayout, modelType } from './layout';
import { headRows, tensorsByKey, understandTable } from './tensorTable';
import { checkImage, imageSize, resamplingNotes, text } from './vitGeometry';
import { type VitNames, vitNetwork } from './vitTensors';

export type CommonVitConfig = Pick<
  VitConfig,
  | 'channels'
  | 'width'
  | 'depth'
  | 'heads'
  | 'activation'
  | 'image'
  | 'patch'
  | 'attentionBias'
  | 'layerNormEpsilon'
>;

export interface CommonDefaults {
  readonly image: number;
  readonly patch: number;
  readonly epsilon: number;
}

/** The keys that ViT, DeiT and DINOv2 share, with the values that transformers takes where one is left out. */
export function readVitConfig(file: JsonFile, defaults: CommonDefaults): CommonVitConfig {
  const config = new ConfigReader(file);
  const width = config.integer('hidden_size', 768, 1, 16_384);
  const heads = config.integer('num_attention_heads', 12, 1, width);
  const image = config.size('image_size', defaults.image, 16_384);
  const patch = config.size('patch_size', defaults.patch, 1024);
  if (width % heads !== 0) {
    throw new UserError(
      `${file.path}: hidden_size ${width} cannot be divided among num_attention_heads ${heads}.`,
    );
  }
  checkImage(image, patch, `${file.path}: image_size`);
  return {
    channels: config.colours(),
    width,
    heads,
    image,
    patch,
    depth: config.integer('num_hidden_layers', 12, 1, 1000),
    activation: config.oneOf('hidden_act', 'gelu', activationNames),
    layerNormEpsilon: config.positive('layer_norm_eps', defaults.epsilon, 1),
    attentionBias: config.boolean('qkv_bias', true),
  };
}

/** Throws a UserError unless the file has a position for every patch of config.json's images and every prefix token. */
export function checkPositionGrid(
  { image, patch }: CommonVitConfig,
  prefix: readonly string[],
  positions: TensorEntry | undefined,
  configPath: string,
  path: string,
): void {
  const { rows, columns } = patchGrid({ image, patch });
  const tokens = positions?.shape[positions.shape.length - 2];
  if (positions === undefined || tokens === undefined || tokens === prefix.length + rows * columns) return;
  throw new UserError(
    `${configPath} says images of ${text(image)} in patches of ${text(patch)}, which is ` +
      `${[`${rows}x${columns} patches`, ...prefix].join(' and ')}, but ${positions.name} of ${path} has ${tokens} positions. ` +
      'Set image_size to the size that the checkpoint was made for.',
  );
}

const names: VitNames = {
  ...embeddingNames,
  norm1: 'layernorm_before',
  norm2: 'layernorm_after',
  fc1: 'intermediate.dense',
  fc2: 'output.dense',
};

const modernNames = [
  [/^layers\./, 'encoder.layer.'],
  ...modernAttention,
  [/\.mlp\.fc1\./, '.intermediate.dense.'],
  [/\.mlp\.fc2\./, '.output.dense.'],
] as const;

/** Not used in classification: SimMIM's token, and the pooler of ViTModel. */
const optional = new Set(['embeddings.mask_token', 'pooler.dense.weight', 'pooler.dense.bias']);

export const huggingFaceVit: CheckpointLayout = {
  name: 'Hugging Face ViT',
  preprocessing: 'half',
  recognises: (files) => modelType(files) === 'vit',
  understand: (files, input) => understandVit(files, input, 'vit.', 'ViTForImageClassification'),
};

/** Distilled or not: there is always a token for it, and a second head only in ...WithTeacher. */
export const huggingFaceDeit: CheckpointLayout = {
  name: 'Hugging Face DeiT',
  preprocessing: 'imagenet',
  recognises: (files) => modelType(files) === 'deit',
  understand: (files, input) => understandVit(files, input, 'deit.', 'DeiTForImageClassification'),
};

function understandVit(
  files: Parameters<CheckpointLayout['understand']>[0],
  input: Parameters<CheckpointLayout['understand']>[1],
  prefix: 'vit.' | 'deit.',
  plainArchitecture: string,
): ReturnType<CheckpointLayout['understand']> {
  const file = files.config!;
  const own = readVitConfig(file, { image: 224, patch: 16, epsilon: 1e-12 });
  const found = tensorsByKey(files, keyOfNames(prefix, modernNames));
  const distillationToken = prefix === 'deit.';
  const teacher = distillationToken && [...found.keys()].some((key) => key.startsWith('cls_classifier.'));
  const tensorNames: VitNames = teacher
    ? { ...names, head: 'cls_classifier', distillationHead: 'distillation_classifier' }
    : names;
  const config = vitConfig({
    ...own,
    image: imageSize(input, own.image, own.patch),
    mlpWidth: new ConfigReader(file).integer('intermediate_size', 3072, 1, 131_072),
    distillationToken,
    pooling: teacher ? 'distilled' : 'cls',
    positions: { grid: patchGrid(own), prefix: distillationToken ? 2 : 1, resampling: 'bicubic' },
    classes: headRows(found, tensorNames.head),
  });
  const tokens = distillationToken ? ['CLS', 'distillation token'] : ['CLS'];
  checkPositionGrid(own, tokens, found.get(names.position), file.path, files.path);
  return understandTable({
    layout: prefix === 'vit.' ? huggingFaceVit.name : huggingFaceDeit.name,
    files,
    found,
    network: vitNetwork(config, tensorNames),
    optional: (key) => optional.has(key),
    // A file without a head is one of the bare model; with a head it becomes one of the model for classification.
    nameOf: (key) => (key.includes('classifier.') ? key : prefix + key),
    renames: true,
    withClasses: (classes) => vitNetwork({ ...config, classes }, tensorNames),
    hasClasses: config.classes > 0,
    architecture: teacher ? 'DeiTForImageClassificationWithTeacher' : plainArchitecture,
    notes: resamplingNotes(config, 'transformers'),
  });
}
