/** The checkpoint on disk that a model in code is loaded from, where the code says a path that leads to one. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { foldersOnDisk } from '../ui/foldersOnDisk';

const longestReference = 1000;

/**
 * Folder or file of the reference: absolute, or relative to the file that says it or to a workspace folder. Undefined
 * for names of registries and all else that is not on this disk.
 */
export async function modelTarget(document: vscode.Uri, reference: string): Promise<vscode.Uri | undefined> {
  // A path to another machine would be asked there, with the user's name, by merely opening a file.
  if (reference.length > longestReference || /[\0\r\n]|^[\\/]{2}|^\w{2,}:/.test(reference)) return undefined;
  if (document.scheme !== 'file' && !path.isAbsolute(reference)) return undefined;
  const bases = [path.dirname(document.fsPath), ...foldersOnDisk()];
  for (const base of new Set(bases)) {
    const found = await checkpointAt(path.resolve(base, reference));
    if (found !== undefined) return vscode.Uri.file(found);
  }
  return undefined;
}

/** The folder of a checkpoint, or a file of weights; other files stand for their folder. */
async function checkpointAt(place: string): Promise<string | undefined> {
  const kind = await kindOf(place);
  if (kind === undefined || /\.(?:safetensors|pth|pt|ckpt)$/.test(place)) return kind && place;
  const folder = kind === 'folder' ? place : path.dirname(place);
  const known = await Promise.all(
    ['config.json', 'model.json', 'run.json', 'model.safetensors'].map((name) =>
      kindOf(path.join(folder, name)),
    ),
  );
  return known.includes('file') ? folder : undefined;
}

async function kindOf(place: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(place).catch(() => undefined);
  return found?.isFile() ? 'file' : found?.isDirectory() ? 'folder' : undefined;
}
