/** `training-state.safetensors` in a checkpoint of an unfinished run: what resuming needs beside the parameters. */
import path from 'node:path';
import type { Groups, HostTensor } from '../compute/runtime';
import { UserError } from '../errors';
import { openSafetensors } from '../formats/safetensors';
import { type WritableTensor, writeSafetensors } from '../formats/safetensorsWriter';
import { type StepPlan, stateSignature } from './stepState';

const fileName = 'training-state.safetensors';
/** Steps done, in two digits of base 2^16: float32 alone is exact up to 16 million only. */
const stepName = 'step';
const stepBase = 2 ** 16;

/** Groups that the checkpoint itself holds. */
const inCheckpoint: readonly string[] = ['parameters', 'buffers'];

/** Writes the other groups of the state and the steps done. */
export async function saveTrainingState(
  folder: string,
  state: Groups<HostTensor>,
  step: number,
): Promise<void> {
  const tensors = new Map<string, WritableTensor>([
    [stepName, { shape: [2], data: Float32Array.of(Math.floor(step / stepBase), step % stepBase) }],
  ]);
  for (const [group, members] of Object.entries(state)) {
    if (inCheckpoint.includes(group)) continue;
    for (const [name, { shape, data }] of Object.entries(members)) {
      tensors.set(`${group}/${name}`, { shape, data: data as Float32Array });
    }
  }
  await writeSafetensors(path.join(folder, fileName), tensors);
}

/** Reads it back. Throws a UserError when the file does not belong to a run of this plan. */
export async function loadTrainingState(
  folder: string,
  plan: StepPlan,
): Promise<{ state: Groups<HostTensor>; step: number }> {
  const file = await openSafetensors(path.join(folder, fileName));
  try {
    const state: Record<string, Record<string, HostTensor>> = {};
    for (const [group, members] of Object.entries(stateSignature(plan))) {
      if (inCheckpoint.includes(group)) continue;
      state[group] = {};
      for (const [name, { shape }] of Object.entries(members)) {
        const tensor = await file.readTensor(`${group}/${name}`);
        if (tensor.shape.join() !== shape.join() || tensor.dtype !== 'float32') {
          throw new UserError(
            `${file.path} does not fit the run: ${group}/${name} is ${tensor.dtype} [${tensor.shape.join(', ')}] where float32 [${shape.join(', ')}] is needed; start a new run.`,
          );
        }
        state[group][name] = tensor;
      }
    }
    const [high = Number.NaN, low = Number.NaN] = (await file.readTensor(stepName)).data;
    const step = high * stepBase + low;
    if (!Number.isInteger(step) || step < 0) {
      throw new UserError(`${file.path} does not say how far the run had got: start a new run.`);
    }
    return { state, step };
  } finally {
    await file.close();
  }
}
