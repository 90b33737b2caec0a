/** Looks for checkpoints and data sets in the workspace, to offer them in the quick picks. */
import path from 'node:path';
import * as vscode from 'vscode';
import { classFolderRoots } from './classFolders';

const leftOut = '**/{node_modules,.git,.repsim,.venv,site-packages}/**';
/** Enough to choose from; a workspace with more is asked for by "Browse". */
const mostFiles = 200;
const mostImages = 5000;
const imageFiles = '**/*.{png,jpg,jpeg,tif,tiff,bmp,webp,dcm,nii,gz,PNG,JPG,JPEG,TIF,TIFF,BMP,DCM}';

/** Endings of files that can be chosen one by one. */
export const weightFiles: readonly string[] = ['safetensors', 'pth', 'pt', 'bin', 'ckpt'];
export const dataFiles: readonly string[] = ['npz', 'csv', 'tsv'];

/** Folders with a `config.json` beside weights, those of a LayersModel of tfjs, and files of PyTorch. */
export async function findCheckpoints(): Promise<string[]> {
  const [weights, configs, models, shards] = await Promise.all(
    [
      '**/{*.safetensors,*.safetensors.index.json,pytorch_model.bin}',
      '**/config.json',
      '**/model.json',
      '**/*shard1of*.bin',
    ].map((pattern) => foldersOf(pattern)),
  );
  const found = [
    ...[...weights!].filter((folder) => configs!.has(folder)),
    ...[...models!].filter((folder) => shards!.has(folder)),
  ];
  const files = await vscode.workspace.findFiles('**/*.{pth,pt}', leftOut, mostFiles);
  return [...new Set(found), ...files.map(({ fsPath }) => fsPath)].sort();
}

async function foldersOf(pattern: string): Promise<Set<string>> {
  const files = await vscode.workspace.findFiles(pattern, leftOut, mostFiles * 5);
  return new Set(files.map(({ fsPath }) => path.dirname(fsPath)));
}

/** `.npz` files, tables, and folders of class folders of images. */
export async function findData(): Promise<string[]> {
  const archives = await vscode.workspace.findFiles('**/*.{npz,csv,tsv}', leftOut, mostFiles);
  const images = await vscode.workspace.findFiles(imageFiles, leftOut, mostImages);
  const roots = classFolderRoots(images.map(({ path: file }) => file));
  const folders = roots.map((root) => vscode.Uri.file(root).fsPath);
  return [...archives.map(({ fsPath }) => fsPath).sort(), ...folders.sort()];
}
