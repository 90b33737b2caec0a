/** Compiles a function, runs it once and reads what it gives. */
import {
  type DeviceTensor,
  type Groups,
  type HostTensor,
  mapGroups,
  type ProgramFunction,
  type Runtime,
} from '../../src/core/compute/runtime';

/** The program and all its tensors are disposed of; what is returned are copies. */
export async function runProgram(
  runtime: Runtime,
  fn: ProgramFunction,
  inputs: Groups<HostTensor>,
): Promise<Groups<HostTensor>> {
  const program = await runtime.compile(
    fn,
    mapGroups(inputs, ({ shape, dtype }) => ({ shape, dtype })),
  );
  try {
    const outputs = await program.run(inputs);
    const read: Record<string, Record<string, HostTensor>> = {};
    for (const [group, tensors] of Object.entries(outputs)) {
      read[group] = {};
      for (const [name, tensor] of Object.entries(tensors)) read[group][name] = await taken(tensor);
    }
    return read;
  } finally {
    await program.dispose();
  }
}

async function taken(tensor: DeviceTensor): Promise<HostTensor> {
  const data = (await tensor.read()).slice() as HostTensor['data'];
  tensor.dispose();
  return { shape: tensor.shape, dtype: tensor.dtype, data };
}
