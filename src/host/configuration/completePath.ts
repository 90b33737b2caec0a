/** Completes the paths in a repsim.json with what lies in the folders. */
import path from 'node:path';
import { getLocation } from 'jsonc-parser';
import * as vscode from 'vscode';
import { longestConfiguration } from './checkConfiguration';

const pathSettings = ['checkpoint', 'data', 'oldData', 'out'];
const leftOut = new Set(['node_modules', '.git']);
/** A folder of a million images is no list to choose from. */
const mostEntries = 1000;

export async function completePath(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.CompletionList | undefined> {
  const text = document.getText();
  if (text.length > longestConfiguration) return undefined;
  const offset = document.offsetAt(position);
  const { path: names, previousNode: node, isAtPropertyKey } = getLocation(text, offset);
  const inString = node?.type === 'string' && offset > node.offset && offset < node.offset + node.length;
  if (isAtPropertyKey || names.length !== 1 || !inString || !pathSettings.includes(String(names[0]))) {
    return undefined;
  }
  // What of the path is before the cursor; an escape sequence in it is too rare to be undone.
  const typed = text.slice(node.offset + 1, offset);
  if (typed.includes('\\')) return undefined;
  const slash = typed.lastIndexOf('/') + 1;
  const folder = path.resolve(path.dirname(document.uri.fsPath), typed.slice(0, slash) || '.');
  const entries = await Promise.resolve(vscode.workspace.fs.readDirectory(vscode.Uri.file(folder))).catch(
    () => [],
  );
  const start = document.positionAt(node.offset + 1 + slash);
  const end = document.positionAt(Math.min(node.offset + node.length - 1, offset + restOfName(text, offset)));
  const items = entries
    .filter(([name]) => !leftOut.has(name))
    .slice(0, mostEntries)
    .map(([name, type]) => {
      const isFolder = (type & vscode.FileType.Directory) !== 0;
      const item = new vscode.CompletionItem(
        name,
        isFolder ? vscode.CompletionItemKind.Folder : vscode.CompletionItemKind.File,
      );
      item.insertText = JSON.stringify(name).slice(1, -1);
      item.range = new vscode.Range(start, end);
      item.sortText = `${isFolder ? 0 : 1}${name}`;
      return item;
    });
  return new vscode.CompletionList(items, entries.length > mostEntries);
}

/** Characters behind the cursor that belong to the same name. */
function restOfName(text: string, offset: number): number {
  return /^[^"/\\\n]*/.exec(text.slice(offset, offset + 300))![0].length;
}
