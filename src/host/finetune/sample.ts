/** The sample that comes with the extension: a small pretrained ViT and a small medical data set. */
import * as vscode from 'vscode';

export interface Sample {
  readonly checkpoint: string;
  readonly data: string;
}

export function bundledSample(extension: vscode.Uri): Sample {
  const file = (name: string) => vscode.Uri.joinPath(extension, 'samples', name).fsPath;
  return { checkpoint: file('fashion-vit-tiny'), data: file('brainregion.npz') };
}
