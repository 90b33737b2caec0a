/** Saves a picture or a table of a panel where the user says. */
import os from 'node:os';
import * as vscode from 'vscode';
import type { SaveMessage } from '../../protocol/panelExport';

/** `name`: of the file, without its ending, as far as files can be called so; by default it goes into the workspace folder. */
export async function saveExport(
  { format, content, base64 }: SaveMessage,
  name: string,
  title: string,
): Promise<void> {
  const home = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(os.homedir());
  const file = name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(home, `${file}.${format}`),
    filters: { [format.toUpperCase()]: [format] },
    title,
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(content, base64 ? 'base64' : 'utf8'));
}
