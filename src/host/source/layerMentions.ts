/**
 * Lines that speak of a layer by its name: in quotes, as hooks, `get_submodule` and state dicts have it. Layers of a
 * dump of activations have no other names, and notebooks no other lines.
 */
import * as vscode from 'vscode';
import { codeEndings } from '../code/codeFile';
import { leftOutFiles } from './codeIndex';
import { documentText } from './documentText';

const mostFiles = 300;
const largestFile = 1024 * 1024;

export interface Mention {
  readonly uri: vscode.Uri;
  readonly at: number;
}

/** The first line found; undefined with the number of files that were looked into. */
export async function findMention(layer: string): Promise<Mention | number> {
  const endings = [...codeEndings, 'ipynb'].join(',');
  const files = await vscode.workspace.findFiles(`**/*.{${endings}}`, leftOutFiles, mostFiles);
  for (const uri of files) {
    const found = await find(uri, layer);
    if (found) return found;
  }
  return files.length;
}

/** Where the name stands in quotes in the file; of a notebook in one of its cells. */
async function find(file: vscode.Uri, layer: string): Promise<Mention | undefined> {
  try {
    const { size } = await vscode.workspace.fs.stat(file);
    if (size > largestFile) return undefined;
    const text = documentText(await vscode.workspace.fs.readFile(file));
    if (file.path.endsWith('.ipynb'))
      return text.includes(layer) ? await findInNotebook(file, layer) : undefined;
    return placeIn(text, file, layer);
  } catch {
    // It went away while the others were read.
    return undefined;
  }
}

async function findInNotebook(file: vscode.Uri, layer: string): Promise<Mention | undefined> {
  const notebook = await vscode.workspace.openNotebookDocument(file);
  for (const { kind, document } of notebook.getCells()) {
    const found = kind === vscode.NotebookCellKind.Code && placeIn(document.getText(), document.uri, layer);
    if (found) return found;
  }
  return undefined;
}

function placeIn(text: string, uri: vscode.Uri, layer: string): Mention | undefined {
  const places = [`"${layer}"`, `'${layer}'`, `\`${layer}\``].map((name) => text.indexOf(name));
  const found = places.filter((place) => place >= 0);
  return found.length > 0 ? { uri, at: Math.min(...found) + 1 } : undefined;
}
