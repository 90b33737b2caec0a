/** Under which module paths code may know the layers of a model. */
import type { FoundPlaces, ModulePaths } from '../code/modulePaths';

/** What a run says of its model, or a dump of its layers. */
export interface LayeredModel {
  readonly layers: readonly string[];
  /** Dotted path of the module that a layer is in the checkpoint. */
  readonly modules?: Readonly<Record<string, string>> | undefined;
  /** What the model was loaded from. */
  readonly checkpoint?: string | undefined;
}

/**
 * How libraries call the blocks and what comes behind the last one. Code of another library or version than the one
 * that wrote the checkpoint has other names for the same layers.
 */
const customary: readonly { readonly block: string; readonly final: string }[] = [
  { block: 'blocks', final: 'norm' },
  { block: 'encoder.layer', final: 'layernorm' },
  { block: 'encoder.layers', final: 'encoder.ln' },
  { block: 'layers', final: 'layernorm' },
  { block: 'layer', final: 'norm' },
  { block: 'transformer.layers', final: 'transformer.norm' },
];

/** The lines of the code that make each layer, as far as it has any. */
export function placesOfLayers(model: LayeredModel, code: ModulePaths): Map<string, FoundPlaces> {
  const paths = new Map(model.layers.map((layer) => [layer, model.modules?.[layer] ?? layer]));
  const found = code.places(paths, model.checkpoint);
  const missing = model.layers.filter((layer) => !found.get(layer)?.whole && isOurs(layer));
  if (missing.length === 0 || !isFlat(model)) return found;
  let best = new Map<string, FoundPlaces>();
  for (const names of customary) {
    const guessed = new Map(missing.map((layer) => [layer, customaryPath(layer, names)]));
    const places = [...code.places(guessed, model.checkpoint)].filter(([, { whole }]) => whole);
    // Of the ways to call them, the one that the code has most of; a norm alone is none.
    if (places.length > best.size && places.length * 3 >= missing.length) best = new Map(places);
  }
  return new Map([...found, ...best]);
}

/** Whether the blocks are one list, as those of transformers: where they are in stages, such a list is another network. */
function isFlat({ layers, modules = {} }: LayeredModel): boolean {
  const paths = layers.flatMap((layer) => (layer === 'final' ? [] : (modules[layer] ?? [])));
  return new Set(paths.map((path) => path.slice(0, path.lastIndexOf('.')))).size <= 1;
}

/** Our own name of a layer; dumps have those that code gave them. */
function isOurs(layer: string): boolean {
  return layer === 'final' || /^block\.\d+$/.test(layer);
}

function customaryPath(layer: string, { block, final }: { block: string; final: string }): string {
  return layer === 'final' ? final : `${block}.${layer.slice('block.'.length)}`;
}
