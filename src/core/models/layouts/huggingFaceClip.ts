/**
 * Hugging Face's CLIP: the vision tower alone, with its projection, with a classifier, or within a whole CLIP, whose text
 * tower is kept byte for byte and written back. The projection is a head whose logits are the image embedding; a head for
 * classes is that of CLIPForImageClassification, which reads the mean of the patch tokens.
 */
import { UserError } from '../../errors';
import type { JsonFile } from '../../formats/jsonFile';
import { isJsonObject, type JsonObject, parseJsonObject } from '../../formats/strictJson';
import { activationNames } from '../activations';
import { ConfigMembers } from '../configMembers';
import { ConfigReader } from '../configReader';
import { patchGrid, type VitConfig, vitConfig } from '../vitConfig';
import { checkPositionGrid } from './huggingFaceVit';
import { type CheckpointLayout, modelType } from './layout';
import { headRows, tensorsByKey, understandTable } from './tensorTable';
import { checkImage, imageSize, resamplingNotes } from './vitGeometry';
import { type VitNames, vitNetwork } from './vitTensors';
import { withoutWrappers } from './wrappers';

const names: VitNames = {
  patch: 'embeddings.patch_embedding',
  cls: 'embeddings.class_embedding',
  clsRank: 1,
  position: 'embeddings.position_embedding.weight',
  positionRank: 2,
  normBefore: 'pre_layrnorm',
  block: (i) => `encoder.layers.${i}.`,
  norm1: 'layer_norm1',
  qkv: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  output: 'self_attn.out_proj',
  norm2: 'layer_norm2',
  fc1: 'mlp.fc1',
  fc2: 'mlp.fc2',
  norm: 'post_layernorm',
  head: 'visual_projection',
};
const classifierNames: VitNames = { ...names, head: 'classifier' };

/** The network ends before them, or needs none of them. */
const optional =
  /^(?:text_model\..*|text_projection\.weight|logit_scale|embeddings\.position_ids|post_layernorm\.(?:weight|bias)|visual_projection\.weight)$/;
/** Not inside of the vision tower. */
const outside = /^(?:text_model|text_projection|logit_scale|visual_projection|classifier)\b/;

const prefix = 'vision_model.';

function keyOf(name: string): string {
  const bare = withoutWrappers(name);
  return bare.startsWith(prefix) ? bare.slice(prefix.length) : bare;
}

/** The values that transformers takes for keys left out: old files hold nothing but what differs from them. */
function readTower(file: JsonFile, tower: JsonObject) {
  const config = new ConfigReader({ ...file, value: tower });
  const width = config.integer('hidden_size', 768, 1, 16_384);
  const heads = config.integer('num_attention_heads', 12, 1, width);
  if (width % heads !== 0) {
    throw new UserError(
      `${file.path}: hidden_size ${width} cannot be divided among num_attention_heads ${heads}.`,
    );
  }
  const image = config.size('image_size', 224, 16_384);
  const patch = config.size('patch_size', 32, 1024);
  checkImage(image, patch, `${file.path}: image_size`);
  return {
    channels: config.colours(),
    width,
    heads,
    image,
    patch,
    depth: config.integer('num_hidden_layers', 12, 1, 1000),
    mlpWidth: config.integer('intermediate_size', 3072, 1, 131_072),
    activation: config.oneOf('hidden_act', 'quick_gelu', activationNames),
    layerNormEpsilon: config.positive('layer_norm_eps', 1e-5, 1),
    attentionBias: true,
  };
}

/** The config.json of the vision tower as that of a whole CLIP, which CLIPForImageClassification wants. */
function wholeConfig(file: JsonFile): JsonFile {
  const tower = new ConfigMembers(file.sources);
  tower.delete('architectures');
  const whole = new ConfigMembers(new Map());
  whole.set('model_type', 'clip');
  if (file.value.projection_dim !== undefined) whole.set('projection_dim', file.value.projection_dim);
  whole.setText('vision_config', tower.text());
  const text = whole.text();
  return { path: file.path, text, ...parseJsonObject(text) };
}

export const huggingFaceClip: CheckpointLayout = {
  name: 'Hugging Face CLIP',
  preprocessing: 'clip',
  recognises: (files) => ['clip', 'clip_vision_model'].includes(modelType(files) ?? ''),
  understand(files, input) {
    const file = files.config!;
    const whole = modelType(files) === 'clip';
    const tower = whole ? (file.value.vision_config ?? {}) : file.value;
    if (!isJsonObject(tower)) return new ConfigReader(file).fail('vision_config', tower, 'an object');
    const own = readTower(file, tower);
    const found = tensorsByKey(files, keyOf);
    const common = {
      ...own,
      image: imageSize(input, own.image, own.patch),
      patchBias: false,
      normBefore: true,
      positions: { grid: patchGrid(own), prefix: 1, resampling: 'bicubic' },
    } as const;
    const classifier = (classes: number): VitConfig =>
      vitConfig({ ...common, finalNorm: false, pooling: 'mean', classes });
    const classes = headRows(found, classifierNames.head);
    const config =
      classes > 0
        ? classifier(classes)
        : vitConfig({ ...common, headBias: false, classes: headRows(found, names.head) });
    checkPositionGrid(own, ['CLS'], found.get(names.position), file.path, files.path);
    return understandTable({
      layout: this.name,
      files,
      found,
      network: vitNetwork(config, classes > 0 ? classifierNames : names),
      optional: (key) => optional.test(key),
      nameOf: (key) => (outside.test(key) ? key : prefix + key),
      renames: true,
      withClasses: (count) => vitNetwork(classifier(count), classifierNames),
      ...(!whole && { headed: { config: wholeConfig(file) } }),
      hasClasses: classes > 0,
      architecture: 'CLIPForImageClassification',
      notes: resamplingNotes(config, 'transformers'),
    });
  },
};
