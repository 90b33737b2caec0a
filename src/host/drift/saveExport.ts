/** Saves a picture or a table of the drift panel where the user says. */
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DriftToHost } from '../../protocol/drift';

type Save = Extract<DriftToHost, { type: 'save' }>;

/** `folder`: of the run; the file is named after it and goes beside the `.repsim` that holds it by default. */
export async function saveExport(
  { format, content, base64 }: Save,
  folder: string | undefined,
): Promise<void> {
  const name = `${folder ? path.basename(folder) : 'run'}-drift.${format}`;
  const home = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(os.homedir());
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(home, name),
    filters: { [format.toUpperCase()]: [format] },
    title: vscode.l10n.t('Save the drift of the run'),
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(content, base64 ? 'base64' : 'utf8'));
}
