/** The derivative cases of all functions, by family. */
import type { DerivativeCases } from './case';
import { composition } from './composition';
import { elementwise } from './elementwise';
import { reduction } from './reduction';
import { structure } from './structure';

export const derivativeFamilies: Readonly<Record<string, DerivativeCases>> = {
  elementwise,
  reduction,
  structure,
  composition,
};
