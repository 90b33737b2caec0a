/** "RepSim: Create Configuration": a new `repsim.json` with comments, filled in as far as the workspace tells. */
import * as vscode from 'vscode';
import { findCheckpoints, findData } from '../finetune/findInputs';
import { bundledSample } from '../finetune/sample';
import { settingsFileName } from '../finetune/settingsFileName';
import { shortPath } from '../finetune/shortPath';
import { HostError } from '../ui/failures';
import { configurationSnippet } from './configurationText';

/** Nothing is written: it is the user who saves. */
export async function createConfiguration(context: vscode.ExtensionContext): Promise<void> {
  const folder = await chooseFolder();
  if (!folder) return;
  const file = vscode.Uri.joinPath(folder, settingsFileName);
  if (await exists(file)) {
    await vscode.window.showTextDocument(file);
    vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is there already: this is it.', vscode.workspace.asRelativePath(file)),
    );
    return;
  }
  const [checkpoints, data] = await Promise.all([findCheckpoints(), findData()]);
  const sample = bundledSample(context.extensionUri);
  const near = (found: readonly string[]) => found.map((one) => shortPath(folder, one));
  const snippet = configurationSnippet(
    {
      // With nothing found, the bundled sample shows what the paths are of.
      checkpoints: checkpoints.length > 0 ? near(checkpoints) : [sample.checkpoint],
      data: data.length > 0 ? near(data) : [sample.data],
    },
    {
      about: vscode.l10n.t('A finetuning run: "RepSim: Finetune as repsim.json Says", or the button above.'),
      help: vscode.l10n.t('Ctrl+Space lists all settings, a hover tells what one is for.'),
      checkpoint: vscode.l10n.t(
        'Pretrained model: a folder with weights, a file of weights, or a run. Paths start at this file.',
      ),
      data: vscode.l10n.t('Images with labels: an .npz in MedMNIST layout, or a folder of class folders.'),
      method: vscode.l10n.t(
        'repsim: all weights, representation kept; full: all weights; linear: the head only.',
      ),
      lambda: vscode.l10n.t(
        'How much it is kept: 0.1 keeps the accuracy, 0.3 keeps more of the representation.',
      ),
      amount: vscode.l10n.t('How long and in what portions it learns.'),
      seed: vscode.l10n.t('The same seed gives the same run.'),
    },
  );
  const untitled = file.with({ scheme: 'untitled' });
  const document = await vscode.workspace.openTextDocument(untitled);
  const editor = await vscode.window.showTextDocument(document);
  const all = new vscode.Range(document.positionAt(0), document.positionAt(document.getText().length));
  await editor.insertSnippet(new vscode.SnippetString(snippet), all);
}

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    throw new HostError(vscode.l10n.t('Open a folder first: its settings are kept in it.'));
  }
  const chosen = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick();
  return chosen?.uri;
}

function exists(file: vscode.Uri): Promise<boolean> {
  return Promise.resolve(
    vscode.workspace.fs.stat(file).then(
      () => true,
      () => false,
    ),
  );
}
