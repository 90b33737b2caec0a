/** "Select for Compare" and "Compare with Selected" in the Explorer, as VS Code does it for text. */
import * as vscode from 'vscode';
import { HostError } from '../ui/failures';

const contextKey = 'repsim.compareSelected';

export class SelectedForCompare {
  private selected: string | undefined;

  async select(uri: unknown): Promise<void> {
    this.selected = onDisk(uri);
    await vscode.commands.executeCommand('setContext', contextKey, true);
  }

  /** What was selected before, and `uri`. */
  with(uri: unknown): readonly [string, string] {
    if (this.selected === undefined) {
      throw new HostError(vscode.l10n.t('Select a checkpoint, a run or a dump to compare with first.'));
    }
    return [this.selected, onDisk(uri)];
  }
}

function onDisk(uri: unknown): string {
  if (uri instanceof vscode.Uri && uri.scheme === 'file') return uri.fsPath;
  throw new HostError(vscode.l10n.t('Choose a file or folder on disk in the Explorer.'));
}
