/**
 * Residual networks in the two ways that they are stored: by transformers (`model_type` "resnet"), and by torchvision and
 * timm, who have the same names.
 */
import { UserError } from '../../errors';
import type { TensorEntry } from '../../formats/tensorSource';
import { activationNames } from '../activations';
import { ConfigReader } from '../configReader';
import { headPrefix } from '../model';
import { batchNormParts, convolutionsOf, createResnet, type ResnetConfig, residualBlocks } from '../resnet';
import { keyOfNames } from './huggingFaceNames';
import {
  type CheckpointFiles,
  type CheckpointLayout,
  isAnonymous,
  modelType,
  type StoredTensor,
  timmArchitecture,
  type UnderstoodLayout,
} from './layout';
import { headRows, type NetworkTable, type TableLayout, tensorsByKey, understandTable } from './tensorTable';
import { TimmArguments } from './timmArguments';
import { withoutWrappers } from './wrappers';

/** A convolution and its norm: what stands before ".weight" in the file. */
interface Pair {
  readonly conv: string;
  readonly norm: string;
}

interface ResnetNames {
  readonly stem: Pair;
  /** Convolution `i`, from 0, of block `b` of stage `s`. */
  readonly inside: (s: number, b: number, i: number) => Pair;
  readonly shortcut: (s: number, b: number) => Pair;
  readonly head: string;
}

const huggingFacePair = (name: string): Pair => ({
  conv: `${name}.convolution`,
  norm: `${name}.normalization`,
});

const huggingFaceNames: ResnetNames = {
  stem: huggingFacePair('embedder.embedder'),
  inside: (s, b, i) => huggingFacePair(`encoder.stages.${s}.layers.${b}.layer.${i}`),
  shortcut: (s, b) => huggingFacePair(`encoder.stages.${s}.layers.${b}.shortcut`),
  head: 'classifier.1',
};

const torchvisionNames: ResnetNames = {
  stem: { conv: 'conv1', norm: 'bn1' },
  inside: (s, b, i) => ({
    conv: `layer${s + 1}.${b}.conv${i + 1}`,
    norm: `layer${s + 1}.${b}.bn${i + 1}`,
  }),
  shortcut: (s, b) => ({
    conv: `layer${s + 1}.${b}.downsample.0`,
    norm: `layer${s + 1}.${b}.downsample.1`,
  }),
  head: 'fc',
};

/** Stored names of the parts of a BatchNorm. */
const storedPart = { weight: 'weight', bias: 'bias', mean: 'running_mean', variance: 'running_var' } as const;

/** How often a BatchNorm was trained: nothing depends on it, and it is written back as it was. */
const isCounter = (key: string): boolean => key.endsWith('.num_batches_tracked');

function resnetNetwork(config: ResnetConfig, names: ResnetNames): NetworkTable {
  const pairs = residualBlocks(config).flatMap(({ stage, index, convolutions, shortcut }) => [
    ...convolutions.map((_, i) => names.inside(stage, index, i)),
    ...(shortcut ? [names.shortcut(stage, index)] : []),
  ]);
  const stored = [names.stem, ...pairs];
  const parts = new Map<string, StoredTensor[]>();
  for (const [i, { name, shape }] of convolutionsOf(config).entries()) {
    const { conv, norm } = stored[i]!;
    parts.set(`${name}.weight`, [{ name: `${conv}.weight`, shape }]);
    for (const part of batchNormParts)
      parts.set(`${name}.norm.${part}`, [{ name: `${norm}.${storedPart[part]}`, shape: [shape[0]] }]);
  }
  if (config.classes > 0) {
    const width = config.widths[config.widths.length - 1]!;
    parts.set(`${headPrefix}weight`, [{ name: `${names.head}.weight`, shape: [config.classes, width] }]);
    parts.set(`${headPrefix}bias`, [{ name: `${names.head}.bias`, shape: [config.classes] }]);
  }
  return { model: createResnet(config), parts };
}

const usualImage = { height: 224, width: 224 };

export const huggingFaceResnet: CheckpointLayout = {
  name: 'Hugging Face ResNet',
  preprocessing: 'imagenet',
  recognises: (files) => modelType(files) === 'resnet',
  understand(files, input) {
    const config = new ConfigReader(files.config!);
    const widths = config.integers('hidden_sizes', [256, 512, 1024, 2048], 1, 65_536, 16);
    const depths = config.integers('depths', [3, 4, 6, 3], 1, 1000, 16);
    if (widths.length !== depths.length) {
      throw new UserError(
        `${config.file.path}: hidden_sizes has ${widths.length} stages and depths has ${depths.length}. Make them the same.`,
      );
    }
    const bottleneck = config.oneOf('layer_type', 'bottleneck', ['basic', 'bottleneck']) === 'bottleneck';
    return understandResnet(files, {
      layout: huggingFaceResnet.name,
      names: huggingFaceNames,
      found: tensorsByKey(files, keyOfNames('resnet.', [])),
      config: {
        channels: config.colours(),
        widths,
        depths,
        bottleneck,
        innerWidths: widths.map((width) => (bottleneck ? Math.floor(width / 4) : width)),
        groups: 1,
        stemWidth: config.integer('embedding_size', 64, 1, 65_536),
        strideFirst: config.boolean('downsample_in_bottleneck', false),
        firstStageHalves: config.boolean('downsample_in_first_stage', false),
        activation: config.oneOf('hidden_act', 'relu', activationNames),
        // transformers gives hidden_act to the stem and the ends of the blocks only.
        innerActivation: 'relu',
        image: input ?? usualImage,
      },
      nameOf: (key) => (key.startsWith('classifier.') ? key : `resnet.${key}`),
      renames: true,
      architecture: 'ResNetForImageClassification',
    });
  },
};

/** Of timm, beside those of all networks: they show in the tensors, or change nothing here. */
const timmArguments =
  'layers channels cardinality base_width stem_width stem_type replace_stem_pool block_reduce_first down_kernel_size ' +
  'avg_down norm_layer drop_block_rate zero_init_last output_stride';

export const torchvisionResnet: CheckpointLayout = {
  name: 'timm or torchvision ResNet',
  preprocessing: 'imagenet',
  recognises: (files) =>
    /^(?:tv_|wide_|gluon_|ssl_|swsl_|ig_)*(?:resnet|resnext)\d/.test(timmArchitecture(files) ?? '') ||
    (isAnonymous(files) &&
      [...files.entries.keys()].some((name) => withoutWrappers(name) === 'layer1.0.conv1.weight')),
  understand(files, input) {
    const given = new TimmArguments(files, timmArguments);
    given.only('output_stride', 32);
    given.oneOf('norm_layer', 'batchnorm2d', ['batchnorm2d', 'batchnorm']);
    given.pool('avg', ['avg']);
    const found = tensorsByKey(files, withoutWrappers);
    return understandResnet(files, {
      layout: torchvisionResnet.name,
      names: torchvisionNames,
      found,
      config: {
        ...sizesOf(files, found, torchvisionNames),
        activation: given.activation('relu'),
        image: input ?? usualImage,
      },
      nameOf: (key) => key,
    });
  },
};

interface Stored extends Pick<TableLayout, 'layout' | 'found' | 'nameOf' | 'renames' | 'architecture'> {
  readonly names: ResnetNames;
  readonly config: Omit<ResnetConfig, 'classes'>;
}

function understandResnet(
  files: CheckpointFiles,
  { names, config: body, ...layout }: Stored,
): UnderstoodLayout {
  const config = { ...body, classes: headRows(layout.found, names.head) };
  return understandTable({
    ...layout,
    files,
    network: resnetNetwork(config, names),
    optional: isCounter,
    withClasses: (classes) => resnetNetwork({ ...config, classes }, names),
    hasClasses: config.classes > 0,
  });
}

/** What the tensors tell; their shapes are checked afterwards. Throws a UserError if they are of no such network. */
function sizesOf(
  { path }: CheckpointFiles,
  found: ReadonlyMap<string, TensorEntry>,
  { inside, stem }: ResnetNames,
): Omit<ResnetConfig, 'classes' | 'image' | 'activation'> {
  const shape = (s: number, b: number, i: number) => found.get(`${inside(s, b, i).conv}.weight`)?.shape;
  const depths: number[] = [];
  while (shape(depths.length, 0, 0) !== undefined) {
    let depth = 1;
    while (shape(depths.length, depth, 0) !== undefined) depth++;
    depths.push(depth);
  }
  const bottleneck = shape(0, 0, 2) !== undefined;
  const extent = (s: number, i: number, axis: number) => shape(s, 0, i)?.[axis] ?? 1;
  const innerWidths = depths.map((_, s) => extent(s, 0, 0));
  const perGroup = extent(0, 1, 1);
  const groups = bottleneck ? innerWidths[0]! / perGroup : 1;
  if (depths.length === 0 || !Number.isInteger(groups)) {
    throw new UserError(
      `The tensors of ${path} are not those of a ${torchvisionResnet.name}: its blocks are called layer1.0 and so on, of 3x3 or of 1x1, 3x3 and 1x1 convolutions. Give one of these.`,
    );
  }
  return {
    depths,
    bottleneck,
    innerWidths,
    groups,
    widths: depths.map((_, s) => extent(s, bottleneck ? 2 : 1, 0)),
    channels: found.get(`${stem.conv}.weight`)?.shape[1] === 1 ? 1 : 3,
    stemWidth: found.get(`${stem.conv}.weight`)?.shape[0] ?? 1,
    strideFirst: false,
    firstStageHalves: false,
  };
}
