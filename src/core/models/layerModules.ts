/** Which module of the checkpoint each layer is: what code calls it, as `get_submodule` and state dicts do. */
import type { UnderstoodLayout } from './layouts/layout';
import { headPrefix } from './model';

/**
 * Dotted module path of every layer that has one, by layer name: the longest path that the stored names of all its
 * tensors begin with, as "vit.encoder.layer.3" for "block.3". "final" is what is stored behind the last block and is
 * not the head, most often a norm; a layer without tensors of its own has no module.
 */
export function layerModules({ model, parts }: UnderstoodLayout): Record<string, string> {
  const stored = new Map<string, string[]>();
  let behind: string[] = [];
  for (const parameter of Object.keys(model.parameters)) {
    if (parameter.startsWith(headPrefix)) continue;
    const names = (parts.get(parameter) ?? []).map(({ name }) => name);
    const block = /^blocks\.(\d+)\./.exec(parameter)?.[1];
    if (block === undefined) {
      behind.push(...names);
      continue;
    }
    behind = [];
    // What leads to a block from the one before is a module of its own.
    if (/^blocks\.\d+\.downsample\./.test(parameter)) continue;
    stored.set(`block.${block}`, [...(stored.get(`block.${block}`) ?? []), ...names]);
  }
  if (stored.size > 0) stored.set('final', behind);
  const modules: Record<string, string> = {};
  for (const layer of model.layers) {
    const common = commonModule(stored.get(layer) ?? []);
    // A block is an item of a list; the one part of it that has tensors is not all of it.
    const module = layer === 'final' ? common : common.replace(/(\.\d+)\.[a-z_]+$/, '$1');
    if (module !== '') modules[layer] = module;
  }
  return modules;
}

/** `names` of tensors: the last part is the tensor's own name in its module. */
function commonModule(names: readonly string[]): string {
  const [first, ...others] = names.map((name) => name.split('.').slice(0, -1));
  let common = first ?? [];
  for (const other of others) {
    const differs = common.findIndex((part, i) => part !== other[i]);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.join('.');
}
