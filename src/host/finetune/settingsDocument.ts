/** `repsim.json` in the editor: written from the answers of the quick picks, and read to be run. */
import path from 'node:path';
import { applyEdits, modify } from 'jsonc-parser';
import * as vscode from 'vscode';
import type { FinetuneRequest } from '../../protocol/settings';
import { parseSettingsFile } from '../../protocol/settingsFile';
import { HostError } from '../ui/failures';
import { settingsFileName } from './settingsFileName';

/** Settings are some hundred bytes. */
const longestText = 1024 * 1024;

/**
 * Opens `repsim.json` of the workspace folder with `settings` in it. An existing file keeps its other settings and its
 * comments, and is changed in the editor only: it is the user who saves it.
 */
export async function openSettings(workspace: vscode.Uri, settings: FinetuneRequest): Promise<void> {
  const uri = vscode.Uri.joinPath(workspace, settingsFileName);
  const exists = await vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
  if (!exists) await vscode.workspace.fs.writeFile(uri, Buffer.from('{}\n'));
  const document = await vscode.workspace.openTextDocument(uri);
  let text = document.getText();
  for (const [name, value] of Object.entries(settings)) {
    const formattingOptions = { insertSpaces: true, tabSize: 2, eol: '\n' };
    text = applyEdits(text, modify(text, [name], value, { formattingOptions }));
  }
  const edit = new vscode.WorkspaceEdit();
  const all = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
  edit.replace(uri, all, text);
  await vscode.workspace.applyEdit(edit);
  if (!exists) await document.save();
  await vscode.window.showTextDocument(document);
}

/**
 * The settings in the file as it stands in the editor, saved or not, with paths made absolute from the folder of the file.
 * What is wrong with it is shown at its place and thrown as a HostError.
 */
export async function readSettings(uri: vscode.Uri): Promise<FinetuneRequest> {
  const document = await vscode.workspace.openTextDocument(uri);
  const text = document.getText();
  const name = vscode.workspace.asRelativePath(uri);
  if (text.length > longestText) {
    throw new HostError(vscode.l10n.t('{0} is larger than 1 MB: it is no settings file.', name));
  }
  const read = parseSettingsFile(text);
  if ('problem' in read) {
    const { message, offset, length } = read.problem;
    const selection = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
    await vscode.window.showTextDocument(document, { selection });
    throw new HostError(
      vscode.l10n.t('{0}, line {1}: {2}.', name, selection.start.line + 1, message.replace(/\.$/, '')),
    );
  }
  return withAbsolutePaths(read.settings, path.dirname(uri.fsPath));
}

function withAbsolutePaths(settings: FinetuneRequest, folder: string): FinetuneRequest {
  const absolute = (file: string) => path.resolve(folder, file);
  return {
    ...settings,
    checkpoint: absolute(settings.checkpoint),
    data: absolute(settings.data),
    ...(settings.oldData !== undefined && { oldData: absolute(settings.oldData) }),
    ...(settings.out !== undefined && { out: absolute(settings.out) }),
  };
}
