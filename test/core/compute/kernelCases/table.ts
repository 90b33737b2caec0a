/** The cases of all kernels; families as in src/core/compute/onnx/kernels. */
import { arithmetic } from './arithmetic';
import type { KernelCases } from './case';
import { comparison } from './comparison';
import { convolution } from './convolution';
import { creation } from './creation';
import { fused, images } from './images';
import { indexing } from './indexing';
import { linearAlgebra } from './linearAlgebra';
import { reduction } from './reduction';
import { shape } from './shape';
import { unary } from './unary';

export const caseFamilies: Readonly<Record<string, KernelCases>> = {
  arithmetic,
  comparison,
  unary,
  reduction,
  linearAlgebra,
  shape,
  indexing,
  creation,
  convolution,
  images,
  fused,
};
