/** The kernels of the `tensorflow` runtime, by tfjs name. */
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { images } from './images';
import type { KernelFamily } from './kernel';
import { pairs } from './pairs';
import { reductions } from './reductions';
import { structure } from './structure';

export const tensorFlowKernels: KernelFamily = {
  ...elementwise,
  ...pairs,
  ...reductions,
  ...structure,
  ...convolution,
  ...images,
};
