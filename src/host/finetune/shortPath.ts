/** Paths as they stand in a repsim.json. */
import path from 'node:path';
import type * as vscode from 'vscode';

/** Relative, with `/`, where the folder holds it, so that the file can be shared; else absolute. */
export function shortPath(folder: vscode.Uri, file: string): string {
  const relative = path.relative(folder.fsPath, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative.split(path.sep).join('/');
}
