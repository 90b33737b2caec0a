/** What training code puts before the names of a network's tensors. */

/** "encoder." is a wrapper only where it is no part of the network: layers, stages, positions and norm are in it. */
const wrapper =
  /^(?:(?:model|module|backbone|network|net|trunk|timm_model|_orig_mod|encoder(?!\.(?:layers?|stages|pos_embedding|ln|norm)\.|\.pos_embedding$))\.)+/;

/** `name` without the wrappers before it: "module.backbone.blocks.0.norm1.bias" is "blocks.0.norm1.bias". */
export function withoutWrappers(name: string): string {
  return name.replace(wrapper, '');
}
