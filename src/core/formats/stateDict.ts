/** The tensors of a PyTorch file: its state dict, wherever it lies among what training code saved beside it. */
import { UserError } from '../errors';
import { Opaque, type PickleValue } from './pickle';
import { TorchTensor } from './torchPickle';

/** What training code calls the entry with the weights, the likeliest first. */
const usualEntries: readonly string[] = [
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
];
const maximumDepth = 4;
const maximumTensors = 100_000;

export interface StateDict {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** What the person should know about what was taken. */
  readonly notes: readonly string[];
}

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
    if (typeof name === 'string' && value instanceof TorchTensor) tensors.set(name, value);
    else if (!(value instanceof Opaque) && value !== null) others++;
  }
  if (tensors.size > maximumTensors) {
    throw new UserError(
      `${path} has ${tensors.size} tensors, more than the ${maximumTensors} that are read.`,
    );
  }
  return {
    tensors,
    notes: [
      ...(entry.length > 0 ? [`${path}: the weights are those of its entry ${entry.join('.')}.`] : []),
      ...(others > 0
        ? [`${path}: ${others} entries of the state dict are no tensors and are left out.`]
        : []),
    ],
  };
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
