/** The kernels of the `tensorflow` runtime, by tfjs name. */
import { elementwise } from './elementwise';
import type { KernelFamily } from './kernel';
import { pairs } from './pairs';
import { reductions } from './reductions';
import { structure } from './structure';

export const tensorFlowKernels: KernelFamily = { ...elementwise, ...pairs, ...reductions, ...structure };
