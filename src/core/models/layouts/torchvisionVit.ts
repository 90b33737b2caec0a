/**
 * torchvision's VisionTransformer, which comes without config.json: all sizes follow from the tensors, but for the number of
 * attention heads.
 */
import { vitConfig } from '../vitConfig';
import { headCount } from './attentionHeads';
import { type CheckpointLayout, isAnonymous } from './layout';
import { headRows, tensorsByKey, understandTable } from './tensorTable';
import { imageSize, resamplingNotes } from './vitGeometry';
import { gridOf, measureVit } from './vitShapes';
import { type VitNames, vitNetwork } from './vitTensors';
import { withoutWrappers } from './wrappers';

const names: VitNames = {
  patch: 'conv_proj',
  cls: 'class_token',
  clsRank: 3,
  position: 'encoder.pos_embedding',
  positionRank: 3,
  block: (i) => `encoder.layers.encoder_layer_${i}.`,
  norm1: 'ln_1',
  qkv: ['self_attention.in_proj'],
  qkvJoiner: '_',
  output: 'self_attention.out_proj',
  norm2: 'ln_2',
  fc1: 'mlp.0',
  fc2: 'mlp.3',
  norm: 'encoder.ln',
  head: 'heads.head',
};

/** Older releases called the layers of the MLP linear_1 and linear_2. */
function keyOf(name: string): string {
  return withoutWrappers(name)
    .replace(/\.mlp\.linear_1\./, '.mlp.0.')
    .replace(/\.mlp\.linear_2\./, '.mlp.3.');
}

export const torchvisionVit: CheckpointLayout = {
  name: 'torchvision ViT',
  preprocessing: 'imagenet',
  recognises(files) {
    if (!isAnonymous(files)) return false;
    const keys = new Set([...files.entries.keys()].map(keyOf));
    return keys.has('conv_proj.weight') && keys.has(names.position);
  },
  understand(files, input) {
    const found = tensorsByKey(files, keyOf);
    const measured = measureVit(files, found, names);
    const { heads, notes } = headCount(files, measured.width);
    const positions = { ...gridOf(files, found, names, [1], measured.patch), resampling: 'corners' } as const;
    const { grid } = positions;
    const { patch } = measured;
    const own = { height: grid.rows * patch.height, width: grid.columns * patch.width };
    const config = vitConfig({
      ...measured,
      heads,
      positions,
      image: imageSize(input, own, patch),
      activation: 'gelu',
      layerNormEpsilon: 1e-6,
      classes: headRows(found, names.head),
    });
    return understandTable({
      layout: this.name,
      files,
      found,
      network: vitNetwork(config, names),
      optional: () => false,
      nameOf: (key) => key,
      withClasses: (classes) => vitNetwork({ ...config, classes }, names),
      hasClasses: config.classes > 0,
      facts: { num_heads: heads },
      notes: [
        ...notes,
        ...resamplingNotes(config, 'torchvision.models.vision_transformer.interpolate_embeddings'),
      ],
    });
  },
};
