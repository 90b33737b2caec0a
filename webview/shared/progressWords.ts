/** What is done now and how far it is, in words. */
import * as l10n from '@vscode/l10n';
import type { Progress } from '../../src/protocol/progress';
import { displayName } from './charts/displayName';
import { stageText } from './coreWords';

/** `refining`: whether something is shown already, which becomes better. */
export function progressWords(progress: Progress | undefined, refining: boolean): string {
  const stage = progress ? displayName(stageText(progress.stage), 120) : l10n.t('Starting');
  if (!progress || progress.total === 0) return refining ? l10n.t('Refining: {0}', stage) : stage;
  const { done, total } = progress;
  return refining
    ? l10n.t('Refining: {0}, {1} of {2}', stage, done, total)
    : l10n.t('{0}, {1} of {2}', stage, done, total);
}
