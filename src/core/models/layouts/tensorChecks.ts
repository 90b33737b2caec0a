/** Whether a file holds the tensors that a layout wants, with errors that say what is wrong with which. */
import { UserError } from '../../errors';
import type { SafetensorsEntry } from '../../formats/safetensorsHeader';
import type { StoredTensor } from './layout';
import { nearestName } from './nearestName';

const shownNames = 5;
const floatDTypes: readonly string[] = ['F32', 'F16', 'BF16', 'F64'];

function list(names: readonly string[]): string {
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
  return names.slice(0, shownNames).join(', ') + more;
}

function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

/**
 * `found`: the file's tensors by key; `wanted`: the keys that the layout needs; `optional`: those it knows as well.
 * Throws a UserError that names what is missing and what is unknown, each with the nearest name of the other side.
 */
export function checkNames(
  path: string,
  found: ReadonlyMap<string, SafetensorsEntry>,
  wanted: readonly StoredTensor[],
  optional: readonly string[],
): void {
  const known = new Set([...wanted.map(({ name }) => name), ...optional]);
  const missing = wanted.map(({ name }) => name).filter((name) => !found.has(name));
  const unknown = [...found.keys()].filter((key) => !known.has(key));
  if (missing.length === 0 && unknown.length === 0) return;
  const complaints: string[] = [];
  if (missing.length > 0) complaints.push(`it lacks ${list(missing)}`);
  if (unknown.length > 0) {
    const described = unknown.slice(0, shownNames).map((key) => {
      const nearest = nearestName(key, missing.length > 0 ? missing : known);
      return shorten(found.get(key)!.name) + (nearest ? ` (nearest: ${nearest})` : '');
    });
    complaints.push(`it has unknown ${list([...described, ...unknown.slice(shownNames)])}`);
  }
  throw new UserError(
    `The tensors of ${path} are not those that its config.json describes: ${complaints.join('; ')}.`,
  );
}

/** `found` holds all of `wanted`. Throws a UserError for a shape or dtype that does not fit. */
export function checkShapes(
  path: string,
  found: ReadonlyMap<string, SafetensorsEntry>,
  wanted: readonly StoredTensor[],
  configPath: string,
): void {
  for (const { name: key, shape: want } of wanted) {
    const { name, shape, dtype } = found.get(key)!;
    if (shape.length !== want.length || shape.some((extent, axis) => extent !== want[axis])) {
      throw new UserError(
        `Tensor ${name} of ${path} has shape [${shape}], but ${configPath} asks for [${want}]. Use the config.json that belongs to it.`,
      );
    }
    if (!floatDTypes.includes(dtype)) {
      throw new UserError(
        `Tensor ${name} of ${path} has dtype ${dtype}; weights are read from ${floatDTypes.join(', ')}. Convert the checkpoint.`,
      );
    }
  }
}
