/** What core says in words that are known beforehand, in the language of the editor. */
import * as vscode from 'vscode';
import { sentenceOf } from '../../protocol/coreWords';

/** The stage of a work; of one that is not known, as it is. */
export function stageText(stage: string): string {
  const found = sentenceOf(stage);
  // What stands in a place may be the name of a measure.
  return found ? vscode.l10n.t(found.sentence, ...found.values.map((value) => vscode.l10n.t(value))) : stage;
}

/** The name or the explanation of a measure. */
export function measureText(english: string): string {
  return vscode.l10n.t(english);
}
