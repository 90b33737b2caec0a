/** The kernels that can be compiled, by tfjs name: one table for both execution providers, which kernels ask `graph.target` for. */
import { arithmetic } from './arithmetic';
import { comparison } from './comparison';
import { convolution } from './convolution';
import { creation } from './creation';
import { fused } from './fused';
import { images } from './images';
import { indexing } from './indexing';
import type { KernelFamily } from './kernel';
import { linearAlgebra } from './linearAlgebra';
import { reductionKernels } from './reduction';
import { shape } from './shape';
import { unary } from './unary';

export const kernelTable: KernelFamily = {
  ...arithmetic,
  ...comparison,
  ...unary,
  ...reductionKernels,
  ...linearAlgebra,
  ...shape,
  ...indexing,
  ...creation,
  ...convolution,
  ...images,
  ...fused,
};
