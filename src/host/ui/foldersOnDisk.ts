/** The folders of the workspace that the engine can read and write. */
import * as vscode from 'vscode';

/** Paths; folders of virtual file systems are left out. */
export function foldersOnDisk(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === 'file').map(({ uri }) => uri.fsPath);
}

/** Where results that belong to no run are kept: in the workspace or, without a folder on disk, in the extension's storage. */
export function analysisFolder({ storageUri, globalStorageUri }: vscode.ExtensionContext): string {
  return foldersOnDisk()[0] ?? (storageUri ?? globalStorageUri).fsPath;
}
