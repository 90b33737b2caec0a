/**
 * Runs in a process of its own, started by webgpuKernels.test.ts: all cases on WebGPU and on the CPU. Prints one line of
 * JSON: what each case gave, or why there is no adapter.
 */
import { openRuntime } from '../../../../src/core/compute/open';
import type { HostTensor, Runtime } from '../../../../src/core/compute/runtime';
import { UserError } from '../../../../src/core/errors';
import { type CaseResult, runCases } from './runCases';
import { caseFamilies } from './table';

/** Outputs with their values in a list; JSON has no typed arrays, nor infinities and NaN, which are not looked at. */
export interface PrintedTensor extends Omit<HostTensor, 'data'> {
  readonly data: readonly number[];
}

export interface PrintedCase {
  readonly kernel: string;
  readonly name: string;
  readonly onGpu: readonly PrintedTensor[] | { readonly error: string };
  readonly onCpu: readonly PrintedTensor[] | { readonly error: string };
}

export type Printed = { readonly noAdapter: string } | { readonly cases: readonly PrintedCase[] };

function printed(result: CaseResult): PrintedCase['onGpu'] {
  if ('error' in result) return { error: String(result.error) };
  return result.outputs.map(({ shape, dtype, data }) => ({ shape, dtype, data: Array.from(data) }));
}

async function main(): Promise<Printed> {
  let gpu: Runtime;
  try {
    gpu = await openRuntime('onnx-webgpu', { threads: 1 });
  } catch (error) {
    if (error instanceof UserError) return { noAdapter: error.message };
    throw error;
  }
  const cpu = await openRuntime('onnx-cpu', { threads: 1 });
  const cases: PrintedCase[] = [];
  for (const kernels of Object.values(caseFamilies)) {
    const family = Object.entries(kernels).flatMap(([kernel, list]) =>
      list.filter(({ extreme }) => !extreme).map((one) => ({ ...one, kernel })),
    );
    const onGpu = await runCases(gpu, family);
    const onCpu = await runCases(cpu, family);
    for (const [i, { kernel, name }] of family.entries())
      cases.push({ kernel, name, onGpu: printed(onGpu[i]!), onCpu: printed(onCpu[i]!) });
  }
  await gpu.dispose();
  await cpu.dispose();
  return { cases };
}

main()
  .then((result) => console.log(JSON.stringify(result)))
  .catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
