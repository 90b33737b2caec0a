/**
 * Hugging Face's DINOv2, with registers or without. The head reads the CLS token and the mean of the patch tokens; a
 * network without a head has its CLS token as embedding.
 */
import { ConfigReader } from '../configReader';
import { patchGrid, type VitConfig, vitConfig } from '../vitConfig';
import { embeddingNames, keyOfNames, modernAttention } from './huggingFaceNames';
import { checkPositionGrid, readVitConfig } from './huggingFaceVit';
import { type CheckpointLayout, modelType } from './layout';
import { headRows, tensorsByKey, understandTable } from './tensorTable';
import { imageSize, resamplingNotes } from './vitGeometry';
import { type VitNames, vitNetwork } from './vitTensors';

const plainNames: VitNames = {
  ...embeddingNames,
  norm1: 'norm1',
  norm2: 'norm2',
  fc1: 'mlp.fc1',
  fc2: 'mlp.fc2',
  scale1: 'layer_scale1.lambda1',
  scale2: 'layer_scale2.lambda1',
};
const gatedNames: VitNames = { ...plainNames, fc1: 'mlp.weights_in', fc2: 'mlp.weights_out' };

const kinds = {
  dinov2: { architecture: 'Dinov2ForImageClassification', resampling: 'bicubic', usualPatch: 14 },
  dinov2_with_registers: {
    architecture: 'Dinov2WithRegistersForImageClassification',
    resampling: 'antialiased',
    usualPatch: 16,
  },
} as const;
type Kind = keyof typeof kinds;

function kindOf(files: Parameters<CheckpointLayout['recognises']>[0]): Kind | undefined {
  const type = modelType(files);
  return type !== undefined && Object.hasOwn(kinds, type) ? (type as Kind) : undefined;
}

/** Two thirds, so that a gated MLP has as many weights as a plain one, in multiples of 8. */
function gatedWidth(width: number): number {
  return Math.ceil(Math.trunc((width * 2) / 3) / 8) * 8;
}

export const huggingFaceDinov2: CheckpointLayout = {
  name: 'Hugging Face DINOv2',
  preprocessing: 'imagenet',
  recognises: (files) => kindOf(files) !== undefined,
  understand(files, input) {
    const kind = kindOf(files)!;
    const file = files.config!;
    const reader = new ConfigReader(file);
    const own = readVitConfig(file, { image: 224, patch: kinds[kind].usualPatch, epsilon: 1e-6 });
    const swiglu = reader.boolean('use_swiglu_ffn', false);
    const names = swiglu ? gatedNames : plainNames;
    const mlpWidth = Math.trunc(own.width * reader.positive('mlp_ratio', 4, 64));
    const registers = kind === 'dinov2' ? 0 : reader.integer('num_register_tokens', 4, 0, 1000);
    const found = tensorsByKey(files, keyOfNames(`${kind}.`, modernAttention));
    const networkOf = (classes: number): VitConfig =>
      vitConfig({
        ...own,
        image: imageSize(input, own.image, own.patch),
        mlpWidth: swiglu ? gatedWidth(mlpWidth) : mlpWidth,
        swiglu,
        registers,
        layerScale: true,
        pooling: classes > 0 ? 'cls and mean' : 'cls',
        positions: { grid: patchGrid(own), prefix: 1, resampling: kinds[kind].resampling },
        classes,
      });
    const config = networkOf(headRows(found, names.head));
    checkPositionGrid(own, ['CLS'], found.get(names.position), file.path, files.path);
    return understandTable({
      layout: this.name,
      files,
      found,
      network: vitNetwork(config, names),
      optional: (key) => key === 'embeddings.mask_token',
      nameOf: (key) => (key.startsWith('classifier.') ? key : `${kind}.${key}`),
      renames: true,
      withClasses: (classes) => vitNetwork(networkOf(classes), names),
      hasClasses: config.classes > 0,
      architecture: kinds[kind].architecture,
      notes: resamplingNotes(config, 'transformers'),
    });
  },
};
