/**
 * timm's VisionTransformer, and the files of others that have its names: Facebook's DeiT, DINO and DINOv2. What a network
 * has follows from its tensors; config.json, where there is one, says the rest by `architecture` and `model_args`.
 */
import { UserError } from '../../errors';
import { isJsonObject, type JsonObject } from '../../formats/strictJson';
import type { TensorEntry } from '../../formats/tensorSource';
import type { ActivationName } from '../activations';
import { ConfigReader } from '../configReader';
import type { Grid, Resampling } from '../positions';
import { type VitConfig, vitConfig } from '../vitConfig';
import { type HeadCount, headCount } from './attentionHeads';
import { type CheckpointFiles, type CheckpointLayout, isAnonymous, timmArchitecture } from './layout';
import { headRows, tensorsByKey, understandTable } from './tensorTable';
import { TimmArguments } from './timmArguments';
import { imageSize, resamplingNotes } from './vitGeometry';
import { gridOf, measureVit } from './vitShapes';
import { type VitNames, vitNetwork } from './vitTensors';
import { withoutWrappers } from './wrappers';

const names: VitNames = {
  patch: 'patch_embed.proj',
  cls: 'cls_token',
  distillation: 'dist_token',
  registers: 'reg_token',
  clsRank: 3,
  position: 'pos_embed',
  positionRank: 3,
  normBefore: 'norm_pre',
  block: (i) => `blocks.${i}.`,
  norm1: 'norm1',
  qkv: ['attn.qkv'],
  output: 'attn.proj',
  scale1: 'ls1.gamma',
  norm2: 'norm2',
  fc1: 'mlp.fc1',
  fc2: 'mlp.fc2',
  scale2: 'ls2.gamma',
  norm: 'norm',
  pooledNorm: 'fc_norm',
  head: 'head',
  distillationHead: 'head_dist',
};

/** Facebook's words for what timm has as well. */
function keyOf(name: string): string {
  return withoutWrappers(name)
    .replace(/^register_tokens$/, 'reg_token')
    .replace(/\.mlp\.w12\./, '.mlp.fc1.')
    .replace(/\.mlp\.w3\./, '.mlp.fc2.')
    .replace(/\.gamma_([12])$/, '.ls$1.gamma');
}

const family = /^(?:(?:vit|deit|deit3|flexivit|eva_large)_|test_vit)/;
/** Their tensors are named as those of others, but what is done with them differs. */
const unlike = /^vit_(?:pe_|.*_(?:rpn|rope|dinov3|lingbot)(?:_|$))/;

/** Beside those of all networks. */
const knownArguments =
  'img_size patch_size embed_dim depth num_heads mlp_ratio qkv_bias init_values class_token no_embed_class reg_tokens ' +
  'pre_norm final_norm fc_norm dynamic_img_size pos_drop_rate patch_drop_rate proj_drop_rate attn_drop_rate ' +
  'weight_init fix_init norm_layer';

/** Heads of the published networks, by the word for their size. */
const headsBySize: ReadonlyMap<string, number> = new Map(
  Object.entries({
    tiny: 3,
    wee: 4,
    little: 5,
    xsmall: 4,
    small: 6,
    medium: 8,
    mediumd: 8,
    betwixt: 10,
    base: 12,
    so150m2: 13,
    so150m: 14,
    large: 16,
    intern300m: 16,
    so400m: 16,
    huge: 16,
    giant: 16,
    giantopt: 16,
    gigantic: 16,
  }),
);

/** Published networks with other heads than their size has. */
const oddHeads: readonly (readonly [RegExp, number])[] = [
  [/^test_vit2?$/, 2],
  [/^vit_base_patch16_gap_/, 16],
  [/_plus(?:_|$)/, 14],
  [/_giant_patch14_(?:dinov2|reg\d_(?:dinov2|tipsv2))/, 24],
];

const tanhArchitectures =
  /^vit_(?:(?:base_patch32|so400m_patch16|giantopt_patch16)_siglip|large_patch16_siglip(?:_gap)?_512$)/;

/** Heads of the published network of that name; undefined if its size has no word that is known. */
function publishedHeads(architecture: string): number | undefined {
  const odd = oddHeads.find(([pattern]) => pattern.test(architecture));
  return odd?.[1] ?? headsBySize.get(/_([a-z0-9]+?)(?:_|$)/.exec(architecture)?.[1] ?? '');
}

function headsOf(files: CheckpointFiles, given: ConfigReader, width: number): HeadCount {
  const architecture = timmArchitecture(files);
  if (architecture === undefined) return headCount(files, width);
  const published = publishedHeads(architecture);
  if (published === undefined && given.file.value.num_heads === undefined) return headCount(files, width);
  const heads = given.integer('num_heads', published ?? 1, 1, width);
  if (width % heads !== 0) {
    throw new UserError(
      `${files.config!.path}: the width ${width} cannot be divided among ${heads} attention heads (num_heads in model_args).`,
    );
  }
  return { heads, notes: [] };
}

function usualActivation(architecture: string): ActivationName {
  if (architecture.includes('quickgelu')) return 'quick_gelu';
  return tanhArchitectures.test(architecture) ? 'gelu_pytorch_tanh' : 'gelu';
}

/** Of all norms. */
function epsilonOf(architecture: string, given: TimmArguments): number {
  given.oneOf('norm_layer', 'layernorm', ['layernorm']);
  // The norm that the architecture would take has an epsilon of its own.
  return /_clip_/.test(architecture) && !given.has('norm_layer') ? 1e-5 : 1e-6;
}

/** "token" or "avg"; other poolings are refused. */
function poolOf(
  files: CheckpointFiles,
  found: ReadonlyMap<string, TensorEntry>,
  given: TimmArguments,
): 'cls' | 'mean' {
  const usual =
    /_gap(?:_|$)/.test(timmArchitecture(files) ?? '') || found.has('fc_norm.weight') ? 'avg' : 'token';
  if (given.pool(usual, ['token', 'avg']) === 'avg') return 'mean';
  if (found.has(names.cls)) return 'cls';
  throw new UserError(
    `${files.path} lacks ${names.cls}, which global_pool "token" reads: say "global_pool": "avg" in its config.json if it averages the patches.`,
  );
}

/** The grid of the images that the network was built for, where config.json says their size. */
function knownGrid(given: ConfigReader, value: JsonObject, patch: VitConfig['patch']): Grid | undefined {
  const configuration = isJsonObject(value.pretrained_cfg) ? value.pretrained_cfg : {};
  const size = Array.isArray(configuration.input_size) ? configuration.input_size.slice(1) : undefined;
  const said = given.file.value.img_size === undefined ? size : given.file.value.img_size;
  if (said === undefined) return undefined;
  const file = { ...given.file, value: { img_size: said } };
  const image = new ConfigReader(file).size('img_size', 224, 16_384);
  return { rows: Math.floor(image.height / patch.height), columns: Math.floor(image.width / patch.width) };
}

/** Facebook's DINOv2 without registers is interpolated without antialiasing, everything else with it. */
function resamplingOf(files: CheckpointFiles, found: ReadonlyMap<string, TensorEntry>): Resampling {
  const facebook = isAnonymous(files) && found.has('mask_token') && !found.has(names.registers!);
  return facebook ? 'bicubic' : 'antialiased';
}

export const timmVit: CheckpointLayout = {
  name: 'timm ViT',
  preprocessing: 'imagenet',
  recognises(files) {
    const architecture = timmArchitecture(files);
    if (architecture !== undefined) return family.test(architecture) && !unlike.test(architecture);
    if (!isAnonymous(files)) return false;
    const keys = new Set([...files.entries.keys()].map(keyOf));
    return keys.has('patch_embed.proj.weight') && keys.has('blocks.0.attn.qkv.weight');
  },
  understand(files, input) {
    const given = new TimmArguments(files, knownArguments);
    const architecture = timmArchitecture(files) ?? '';
    const found = tensorsByKey(files, keyOf);
    const measured = measureVit(files, found, names);
    const { patch, width } = measured;
    const classToken = found.has(names.cls);
    const distillationToken = found.has(names.distillation!);
    const registers = found.get(names.registers!)?.shape[1] ?? 0;
    const prefix = Number(classToken) + Number(distillationToken) + registers;
    const grid = gridOf(
      files,
      found,
      names,
      [prefix, 0, 1],
      patch,
      knownGrid(given, files.config?.value ?? {}, patch),
    );
    const { heads, notes } = headsOf(files, given, width);
    const own = { height: grid.grid.rows * patch.height, width: grid.grid.columns * patch.width };
    const config = vitConfig({
      ...measured,
      heads,
      classToken,
      distillationToken,
      registers,
      positions: { ...grid, resampling: resamplingOf(files, found) },
      image: imageSize(input, own, patch),
      activation: given.activation(usualActivation(architecture)),
      layerNormEpsilon: epsilonOf(architecture, given),
      normBefore: found.has('norm_pre.weight'),
      finalNorm: found.has('norm.weight'),
      pooledNorm: found.has('fc_norm.weight'),
      pooling: distillationToken ? 'distilled' : poolOf(files, found, given),
      classes: headRows(found, names.head),
    });
    return understandTable({
      layout: this.name,
      files,
      found,
      network: vitNetwork(config, names),
      optional: (key) => key === 'mask_token',
      nameOf: (key) => key,
      withClasses: (classes) => vitNetwork({ ...config, classes }, names),
      hasClasses: config.classes > 0,
      ...(isAnonymous(files) && { facts: { num_heads: heads } }),
      notes: [...notes, ...resamplingNotes(config, 'timm')],
    });
  },
};
