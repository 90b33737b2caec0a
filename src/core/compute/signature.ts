/** Checks that what a program is fed is what it was compiled for; both runtimes use it, so both say the same. */
import {
  type DeviceTensor,
  type Groups,
  type HostTensor,
  isDeviceTensor,
  type Signature,
  sizeOf,
  type TensorSpec,
} from './runtime';

/** Throws an Error that names the input as `group.name` if one is missing, left over, or of the wrong shape or dtype. */
export function checkInputs(signature: Signature, inputs: Groups<HostTensor | DeviceTensor>): void {
  for (const group of Object.keys(inputs)) {
    if (!signature[group])
      throw new Error(`The program has no input group "${group}"; it has ${listed(signature)}.`);
  }
  for (const [group, specs] of Object.entries(signature)) {
    const tensors = inputs[group] ?? {};
    for (const name of Object.keys(tensors)) {
      if (!specs[name])
        throw new Error(`The program has no input "${group}.${name}"; the group has ${listed(specs)}.`);
    }
    for (const [name, spec] of Object.entries(specs)) {
      const tensor = tensors[name];
      if (!tensor) throw new Error(`The input "${group}.${name}" ${described(spec)} is missing.`);
      checkInput(`${group}.${name}`, spec, tensor);
    }
  }
}

function checkInput(name: string, spec: TensorSpec, tensor: HostTensor | DeviceTensor): void {
  if (tensor.dtype !== spec.dtype || !sameShape(tensor.shape, spec.shape)) {
    throw new Error(
      `The input "${name}" is ${described(tensor)}, the program was compiled for ${described(spec)}.`,
    );
  }
  if (!isDeviceTensor(tensor) && tensor.data.length !== sizeOf(spec.shape)) {
    throw new Error(
      `The input "${name}" holds ${tensor.data.length} values, its shape ${described(spec)} has ${sizeOf(spec.shape)}.`,
    );
  }
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

function described(spec: TensorSpec): string {
  return `${spec.dtype} [${spec.shape.join(', ')}]`;
}

function listed(names: object): string {
  const all = Object.keys(names);
  return all.length === 0
    ? 'none'
    : all.slice(0, 8).join(', ') + (all.length > 8 ? `, ... (${all.length})` : '');
}
