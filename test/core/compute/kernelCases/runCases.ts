/** Runs many cases in one program, because a session a case would take minutes. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Group, Groups, HostTensor, Runtime } from '../../../../src/core/compute/runtime';
import { observedKernels } from '../../../support/observedKernels';
import { runProgram } from '../../../support/runProgram';
import type { KernelCase } from './case';

/** What one case gave: its outputs and the kernels that it called, or why there are none. */
export type CaseResult =
  | { readonly outputs: readonly HostTensor[]; readonly kernels: readonly string[] }
  | { readonly error: unknown };

/** The results in the order of the cases. If the program with all cases fails, each is run alone to find those at fault. */
export async function runCases(runtime: Runtime, cases: readonly KernelCase[]): Promise<CaseResult[]> {
  try {
    return await runTogether(runtime, cases);
  } catch (error) {
    if (cases.length === 1) return [{ error }];
  }
  const results: CaseResult[] = [];
  for (const one of cases) results.push(...(await runCases(runtime, [one])));
  return results;
}

async function runTogether(runtime: Runtime, cases: readonly KernelCase[]): Promise<CaseResult[]> {
  const inputs: Record<string, Group<HostTensor>> = {};
  for (const [i, one] of cases.entries()) inputs[`case${i}`] = numbered(one.inputs);
  const kernels: (readonly string[])[] = [];
  const outputs = await runProgram(
    runtime,
    (groups: Groups<tf.Tensor>) => {
      const results: Record<string, Group<tf.Tensor>> = {};
      for (const [i, one] of cases.entries()) {
        const tensors = Object.values(groups[`case${i}`]!);
        const observed = observedKernels(() => one.compute(...tensors));
        kernels[i] = observed.kernels;
        results[`case${i}`] = numbered([observed.result].flat() as tf.Tensor[]);
      }
      return results;
    },
    inputs,
  );
  return cases.map((_, i) => ({ outputs: Object.values(outputs[`case${i}`]!), kernels: kernels[i]! }));
}

function numbered<T>(list: readonly T[]): Group<T> {
  return Object.fromEntries(list.map((item, i) => [`tensor${i}`, item]));
}
