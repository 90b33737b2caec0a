/**
 * ConvNeXt in the four ways that it is stored: by transformers (`model_type` "convnext" and "convnextv2"), timm, torchvision
 * and its authors.
 */
import { UserError } from '../../errors';
import { activationNames } from '../activations';
import { ConfigReader } from '../configReader';
import type { ConvnextConfig } from '../convnext';
import { type ConvnextNames, type ConvnextSizes, convnextNetwork, convnextSizes } from './convnextTensors';
import { keyOfNames } from './huggingFaceNames';
import {
  type CheckpointFiles,
  type CheckpointLayout,
  isAnonymous,
  modelType,
  timmArchitecture,
  type UnderstoodLayout,
} from './layout';
import { headRows, type TableLayout, tensorsByKey, understandTable } from './tensorTable';
import { TimmArguments } from './timmArguments';
import { withoutWrappers } from './wrappers';

type Own = Pick<ConvnextConfig, 'activation' | 'layerNormEpsilon' | 'finalEpsilon' | 'image'> &
  Partial<ConvnextSizes>;

/** Of all norms where nothing says otherwise, in every library. */
const epsilon = 1e-6;
const usualImage = { height: 224, width: 224 };

const huggingFaceNames: ConvnextNames = {
  patch: 'embeddings.patch_embeddings',
  patchNorm: 'embeddings.layernorm',
  downsampleNorm: (s) => `encoder.stages.${s}.downsampling_layer.0`,
  downsample: (s) => `encoder.stages.${s}.downsampling_layer.1`,
  block: (s, b) => `encoder.stages.${s}.layers.${b}.`,
  depthwise: 'dwconv',
  norm: 'layernorm',
  fc1: 'pwconv1',
  fc2: 'pwconv2',
  response: ['grn.weight', 'grn.bias'],
  scale: 'layer_scale_parameter',
  finalNorm: 'layernorm',
  head: 'classifier',
};

const timmNames: ConvnextNames = {
  patch: 'stem.0',
  patchNorm: 'stem.1',
  downsampleNorm: (s) => `stages.${s}.downsample.0`,
  downsample: (s) => `stages.${s}.downsample.1`,
  block: (s, b) => `stages.${s}.blocks.${b}.`,
  depthwise: 'conv_dw',
  norm: 'norm',
  fc1: 'mlp.fc1',
  fc2: 'mlp.fc2',
  response: ['mlp.grn.weight', 'mlp.grn.bias'],
  scale: 'gamma',
  finalNorm: 'head.norm',
  head: 'head.fc',
};

const torchvisionNames: ConvnextNames = {
  patch: 'features.0.0',
  patchNorm: 'features.0.1',
  downsampleNorm: (s) => `features.${2 * s}.0`,
  downsample: (s) => `features.${2 * s}.1`,
  block: (s, b) => `features.${2 * s + 1}.${b}.`,
  depthwise: 'block.0',
  norm: 'block.2',
  fc1: 'block.3',
  fc2: 'block.5',
  scale: 'layer_scale',
  finalNorm: 'classifier.0',
  head: 'classifier.2',
};

const authorsNames: ConvnextNames = {
  patch: 'downsample_layers.0.0',
  patchNorm: 'downsample_layers.0.1',
  downsampleNorm: (s) => `downsample_layers.${s}.0`,
  downsample: (s) => `downsample_layers.${s}.1`,
  block: (s, b) => `stages.${s}.${b}.`,
  depthwise: 'dwconv',
  norm: 'norm',
  fc1: 'pwconv1',
  fc2: 'pwconv2',
  response: ['grn.gamma', 'grn.beta'],
  scale: 'gamma',
  finalNorm: 'norm',
  head: 'head',
};

export const huggingFaceConvnext: CheckpointLayout = {
  name: 'Hugging Face ConvNeXt',
  preprocessing: 'imagenet',
  recognises: (files) => ['convnext', 'convnextv2'].includes(modelType(files) ?? ''),
  understand(files, input) {
    const config = new ConfigReader(files.config!);
    const version = modelType(files) === 'convnextv2' ? 'ConvNextV2' : 'ConvNext';
    const widths = config.integers('hidden_sizes', [96, 192, 384, 768], 1, 16_384, 16);
    const depths = config.integers('depths', [3, 3, 9, 3], 1, 1000, 16);
    if (widths.length !== depths.length) {
      throw new UserError(
        `${config.file.path}: hidden_sizes has ${widths.length} stages and depths has ${depths.length}. Make them the same.`,
      );
    }
    const prefix = `${version.toLowerCase()}.`;
    return understandConvnext(files, {
      layout: huggingFaceConvnext.name,
      names: huggingFaceNames,
      keyOf: keyOfNames(prefix, []),
      own: {
        channels: config.colours(),
        widths,
        depths,
        mlpWidths: widths.map((width) => 4 * width),
        globalResponse: version === 'ConvNextV2',
        patch: config.integer('patch_size', 4, 1, 1024),
        activation: config.oneOf('hidden_act', 'gelu', activationNames),
        layerNormEpsilon: epsilon,
        finalEpsilon: config.positive('layer_norm_eps', 1e-12, 1),
        image: input ?? config.size('image_size', 224, 16_384),
      },
      nameOf: (key) => (key.startsWith('classifier.') ? key : prefix + key),
      renames: true,
      architecture: `${version}ForImageClassification`,
    });
  },
};

/** Beside those of all networks. */
const timmArguments =
  'depths dims kernel_sizes patch_size stem_type ls_init_value head_init_scale head_norm_first head_hidden_size conv_mlp ' +
  'conv_bias use_grn norm_layer norm_eps output_stride';

/** Whether the tensors say it, where no config.json does. */
const hasTensor = (files: CheckpointFiles, key: string): boolean =>
  isAnonymous(files) && [...files.entries.keys()].some((name) => withoutWrappers(name) === key);

export const timmConvnext: CheckpointLayout = {
  ...plainConvnext('timm ConvNeXt', timmNames),
  recognises: (files) =>
    /^(?:test_)?convnext/.test(timmArchitecture(files) ?? '') || hasTensor(files, blockKey(timmNames)),
  understand(files, input) {
    const given = new TimmArguments(files, timmArguments);
    const architecture = timmArchitecture(files) ?? '';
    given.only('head_norm_first', false);
    given.only('output_stride', 32);
    given.oneOf('norm_layer', 'layernorm', ['layernorm', 'layernorm2d']);
    given.pool('avg', ['avg']);
    const usual = /^(?:test_convnext|convnext_xxlarge)/.test(architecture) ? 1e-5 : epsilon;
    const layerNormEpsilon = given.positive('norm_eps', usual, 1);
    const activation = given.activation(
      /^test_convnext2?$/.test(architecture) ? 'gelu_pytorch_tanh' : 'gelu',
    );
    return understandPlain(files, input, 'timm ConvNeXt', timmNames, { activation, layerNormEpsilon });
  },
};
export const torchvisionConvnext = plainConvnext('torchvision ConvNeXt', torchvisionNames);
export const authorsConvnext = plainConvnext('ConvNeXt of its authors', authorsNames);

const blockKey = (names: ConvnextNames): string => `${names.block(0, 0)}${names.depthwise}.weight`;

/** A layout whose tensors tell everything. */
function plainConvnext(name: string, names: ConvnextNames): CheckpointLayout {
  return {
    name,
    preprocessing: 'imagenet',
    recognises: (files) => hasTensor(files, blockKey(names)),
    understand: (files, input) => understandPlain(files, input, name, names, {}),
  };
}

function understandPlain(
  files: CheckpointFiles,
  input: ConvnextConfig['image'] | undefined,
  layout: string,
  names: ConvnextNames,
  { activation = 'gelu', layerNormEpsilon = epsilon }: Partial<Pick<Own, 'activation' | 'layerNormEpsilon'>>,
): UnderstoodLayout {
  return understandConvnext(files, {
    layout,
    names,
    keyOf: withoutWrappers,
    own: { activation, layerNormEpsilon, finalEpsilon: layerNormEpsilon, image: input ?? usualImage },
    nameOf: (key) => key,
  });
}

interface Stored extends Pick<TableLayout, 'layout' | 'nameOf' | 'renames' | 'architecture'> {
  readonly names: ConvnextNames;
  readonly keyOf: (name: string) => string;
  readonly own: Own;
}

function understandConvnext(
  files: CheckpointFiles,
  { names, keyOf, own, ...layout }: Stored,
): UnderstoodLayout {
  const found = tensorsByKey(files, keyOf);
  const sizes = { ...convnextSizes(found, names), ...own };
  checkSizes(files, layout.layout, sizes, own.image);
  const { linearRank: _, scaleRank: _scale, responseRank: _response, ...read } = sizes;
  const classes = headRows(found, names.head);
  const config: ConvnextConfig = { ...read, classes };
  return understandTable({
    ...layout,
    files,
    found,
    network: convnextNetwork(config, sizes, names),
    optional: () => false,
    withClasses: (count) => convnextNetwork({ ...config, classes: count }, sizes, names),
    hasClasses: classes > 0,
  });
}

/** What the table of tensors cannot find wrong. */
function checkSizes(
  { path }: CheckpointFiles,
  layout: string,
  { depths, kernel, patch }: ConvnextSizes,
  image: ConvnextConfig['image'],
): void {
  if (depths.length === 0) throw new UserError(`${path} has no blocks of a ${layout}. Check the file.`);
  if (kernel % 2 === 0)
    throw new UserError(
      `${path} has depthwise filters of ${kernel}x${kernel}: a ${layout} has odd ones. Check the file.`,
    );
  const least = patch * 2 ** (depths.length - 1);
  if (image.height < least || image.width < least) {
    throw new UserError(
      `Images of ${image.height}x${image.width} pixels are too small for the network of ${path}: it halves them ${depths.length - 1} times after patches of ${patch}. Give at least ${least}x${least}.`,
    );
  }
}
