/** Names of Hugging Face's vision transformers. */
import type { VitNames } from './vitTensors';
import { withoutWrappers } from './wrappers';

/** What ViT, DeiT and DINOv2 have in common, in the classic names of a file without prefix. */
export const embeddingNames = {
  patch: 'embeddings.patch_embeddings.projection',
  cls: 'embeddings.cls_token',
  distillation: 'embeddings.distillation_token',
  registers: 'embeddings.register_tokens',
  position: 'embeddings.position_embeddings',
  positionRank: 3,
  clsRank: 3,
  block: (i: number) => `encoder.layer.${i}.`,
  qkv: ['attention.attention.query', 'attention.attention.key', 'attention.attention.value'],
  output: 'attention.output.dense',
  norm: 'layernorm',
  head: 'classifier',
} as const satisfies Partial<VitNames>;

/** Modern names, those of a raw state dict of transformers 5, are made classic. */
export const modernAttention: readonly (readonly [RegExp, string])[] = [
  [/\.attention\.q_proj\./, '.attention.attention.query.'],
  [/\.attention\.k_proj\./, '.attention.attention.key.'],
  [/\.attention\.v_proj\./, '.attention.attention.value.'],
  [/\.attention\.o_proj\./, '.attention.output.dense.'],
];

/** A function that takes wrappers and the prefix of the base model off a name, and makes it classic. */
export function keyOfNames(
  prefix: string,
  modern: readonly (readonly [RegExp, string])[],
): (name: string) => string {
  return (name) => {
    const bare = withoutWrappers(name);
    const key = bare.startsWith(prefix) ? bare.slice(prefix.length) : bare;
    return modern.reduce((result, [from, to]) => result.replace(from, to), key);
  };
}
