/** The checkpoint that a command was called on in the Explorer, in the editor or from a preview. */
import path from 'node:path';
import * as vscode from 'vscode';
import { HostError } from '../ui/failures';

/** Folder of the checkpoint: that of a file of weights, else what was chosen. Throws a HostError if it is not on disk. */
export function checkpointTarget(uri: vscode.Uri): string {
  if (uri.scheme !== 'file') {
    throw new HostError(vscode.l10n.t('Choose a file or folder on disk in the Explorer.'));
  }
  return uri.path.endsWith('.safetensors') ? path.dirname(uri.fsPath) : uri.fsPath;
}
