/** The derivative cases of all functions, by family. */
import type { DerivativeCases } from './case';
import { composition } from './composition';
import { convolution } from './convolution';
import { elementwise } from './elementwise';
import { images } from './images';
import { reduction } from './reduction';
import { structure } from './structure';

export const derivativeFamilies: Readonly<Record<string, DerivativeCases>> = {
  elementwise,
  reduction,
  structure,
  composition,
  convolution,
  images,
};
