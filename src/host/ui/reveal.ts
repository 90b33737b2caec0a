/** Shows a folder of the disk to the user, wherever the window runs. */
import * as vscode from 'vscode';

/** In the explorer if the workspace holds it, for that works over a remote connection too; else in the system's file manager. */
export async function revealFolder(folder: string): Promise<void> {
  const uri = vscode.Uri.file(folder);
  const inWorkspace = vscode.workspace.getWorkspaceFolder(uri) !== undefined;
  await vscode.commands.executeCommand(inWorkspace ? 'revealInExplorer' : 'revealFileInOS', uri);
}
