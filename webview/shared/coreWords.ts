/** What core says in words that are known beforehand, in the language of the editor. */
import * as l10n from '@vscode/l10n';
import { sentenceOf } from '../../src/protocol/coreWords';

/** The stage of a work; of one that is not known, as it is. */
export function stageText(stage: string): string {
  const found = sentenceOf(stage);
  // What stands in a place may be the name of a measure.
  return found ? l10n.t(found.sentence, ...found.values.map((value) => l10n.t(value))) : stage;
}
