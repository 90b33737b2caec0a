/** Looks for checkpoints and data sets in the workspace, to offer them in the quick picks. */
import path from 'node:path';
import * as vscode from 'vscode';
import { classFolderRoots } from './classFolders';

const leftOut = '**/{node_modules,.git,.repsim,.venv,site-packages}/**';
/** Enough to choose from; a workspace with more is asked for by "Browse". */
const mostFiles = 200;
const mostImages = 5000;

/** Folders with a `config.json` beside `*.safetensors`. */
export async function findCheckpoints(): Promise<string[]> {
  const weights = await vscode.workspace.findFiles('**/*.safetensors', leftOut, mostFiles);
  const configs = await vscode.workspace.findFiles('**/config.json', leftOut, mostFiles * 5);
  const described = new Set(configs.map(({ fsPath }) => path.dirname(fsPath)));
  const folders = new Set(weights.map(({ fsPath }) => path.dirname(fsPath)));
  return [...folders].filter((folder) => described.has(folder)).sort();
}

/** `.npz` files, and folders of class folders of images. */
export async function findData(): Promise<string[]> {
  const archives = await vscode.workspace.findFiles('**/*.npz', leftOut, mostFiles);
  const images = await vscode.workspace.findFiles('**/*.{png,jpg,jpeg,PNG,JPG,JPEG}', leftOut, mostImages);
  const roots = classFolderRoots(images.map(({ path: file }) => file));
  const folders = roots.map((root) => vscode.Uri.file(root).fsPath);
  return [...archives.map(({ fsPath }) => fsPath).sort(), ...folders.sort()];
}
