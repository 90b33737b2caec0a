/** The tensors of a PyTorch file: its state dict, wherever it lies among what training code saved beside it. */
import { UserError } from '../errors';
import { Opaque, type PickleValue } from './pickleValues';
import { TorchTensor } from './torchPickle';

/**
 * What training code calls the entry with the weights, the likeliest first. Weights averaged over the training come before
 * the last ones, as timm reads them.
 */
const usualEntries: readonly string[] = [
  'state_dict_ema',
  'model_ema',
  'state_dict',
  'model_state_dict',
  'model',
  'module',
  'net',
  'network',
  'backbone',
  'encoder',
  'teacher',
  'student',
  'params',
  'weights',
  'checkpoint',
];
const maximumDepth = 4;
const maximumTensors = 100_000;

export interface StateDict {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** What the person should know about what was taken. */
  readonly notes: readonly string[];
}

/** A number that torch.optim.swa_utils.AveragedModel keeps beside the weights. */
const averagingCounter = 'n_averaged';

/** Throws a UserError if there is none. */
export function stateDictOf(root: PickleValue, path: string): StateDict {
  const found = search(root, [], 0);
  if (found === undefined) {
    const entries =
      root instanceof Map
        ? [...root.keys()]
            .filter((key) => typeof key === 'string')
            .slice(0, 8)
            .map((key) => key.slice(0, 40))
        : [];
    throw new UserError(
      `${path} holds no state dict${entries.length > 0 ? `; its entries are ${entries.join(', ')}` : ''}. Save model.state_dict() with torch.save.`,
    );
  }
  const { dictionary, entry } = found;
  const tensors = new Map<string, TorchTensor>();
  let others = 0;
  for (const [name, value] of dictionary) {
    if (name === averagingCounter) continue;
    if (typeof name === 'string' && value instanceof TorchTensor) tensors.set(name, value);
    else if (!(value instanceof Opaque) && value !== null) others++;
  }
  if (tensors.size > maximumTensors) {
    throw new UserError(
      `${path} has ${tensors.size} tensors, more than the ${maximumTensors} that are read. Save the state dict of one network.`,
    );
  }
  return {
    tensors,
    notes: [
      ...(entry.length > 0 ? [entryNote(path, entry, root)] : []),
      ...(others > 0
        ? [`${path}: ${others} entries of the state dict are no tensors and are left out.`]
        : []),
    ],
  };
}

function entryNote(path: string, entry: readonly string[], root: PickleValue): string {
  const others = usualEntries.filter((name) => name !== entry[0] && holdsTensors(root, name));
  const leftOut = others.length > 0 ? `, and not those of ${others.join(' or ')}` : '';
  return `${path}: the weights are those of its entry ${entry.join('.')}${leftOut}.`;
}

function holdsTensors(root: PickleValue, name: string): boolean {
  return root instanceof Map && search(root.get(name), [], 1) !== undefined;
}

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;

function search(
  value: PickleValue,
  entry: readonly string[],
  depth: number,
): { dictionary: Dictionary; entry: readonly string[] } | undefined {
  if (!(value instanceof Map) || depth > maximumDepth) return undefined;
  for (const item of value.values()) {
    if (item instanceof TorchTensor) return { dictionary: value, entry };
  }
  for (const name of usualEntries) {
    const found = search(value.get(name), [...entry, name], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
