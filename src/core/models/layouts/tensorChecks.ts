/** Whether a file holds the tensors that a layout wants, with errors that say what is wrong with which. */
import { UserError } from '../../errors';
import type { TensorEntry } from '../../formats/tensorSource';
import type { StoredTensor } from './layout';
import { nearestName } from './nearestName';

const shownNames = 5;
export const floatDTypes: readonly string[] = ['F32', 'F16', 'BF16', 'F64'];

/** Where tensors come from, and what says which there must be. */
export interface Checked {
  readonly path: string;
  readonly configPath: string | undefined;
  /** Such as "timm ViT". */
  readonly layout: string;
}

function list(names: readonly string[]): string {
  const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : '';
  return names.slice(0, shownNames).join(', ') + more;
}

function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}

/**
 * `found`: the file's tensors by key; `wanted`: the keys that the layout needs; `optional`: whether it knows another one
 * as well. Throws a UserError that names what is missing and what is unknown, each with the nearest name of the other side.
 */
export function checkNames(
  { path, configPath, layout }: Checked,
  found: ReadonlyMap<string, TensorEntry>,
  wanted: readonly StoredTensor[],
  optional: (key: string) => boolean,
): void {
  const known = new Set(wanted.map(({ name }) => name));
  const missing = wanted.map(({ name }) => name).filter((name) => !found.has(name));
  const unknown = [...found.keys()].filter((key) => !known.has(key) && !optional(key));
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
  const said = configPath === undefined ? `of a ${layout}` : `that its config.json describes (${layout})`;
  const belonging =
    configPath === undefined
      ? 'Give the weights of a network that can be read, under the names of its library'
      : 'Give it the config.json that belongs to it';
  const advice = missing.length === 0 ? `${belonging}, or save the file without them.` : `${belonging}.`;
  throw new UserError(`The tensors of ${path} are not those ${said}: ${complaints.join('; ')}. ${advice}`);
}

/** `found` holds all of `wanted`. Throws a UserError for a shape or dtype that does not fit. */
export function checkShapes(
  { path, configPath, layout }: Checked,
  found: ReadonlyMap<string, TensorEntry>,
  wanted: readonly StoredTensor[],
): void {
  for (const { name: key, shape: want } of wanted) {
    const { name, shape, dtype } = found.get(key)!;
    if (shape.length !== want.length || shape.some((extent, axis) => extent !== want[axis])) {
      throw new UserError(
        `Tensor ${name} of ${path} has shape [${shape}], but ${configPath ?? `the other tensors of a ${layout}`} ` +
          `${configPath === undefined ? 'ask' : 'asks'} for [${want}]. ` +
          (configPath === undefined ? 'Check the file.' : 'Use the config.json that belongs to it.'),
      );
    }
    if (!floatDTypes.includes(dtype)) {
      throw new UserError(
        `Tensor ${name} of ${path} has dtype ${dtype}; weights are read from ${floatDTypes.join(', ')}. Convert the checkpoint.`,
      );
    }
  }
}
