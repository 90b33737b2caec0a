/** What a sample is in a measure of similarity: which part of an image's tokens. */
import * as l10n from '@vscode/l10n';
import type { CompareSamples } from '../../src/protocol/compare';

export function samplesName(samples: CompareSamples): string {
  switch (samples) {
    case 'cls':
      return l10n.t('CLS token');
    case 'mean':
      return l10n.t('mean of the patch tokens');
    case 'tokens':
      return l10n.t('every token');
    default:
      return samples satisfies never;
  }
}
