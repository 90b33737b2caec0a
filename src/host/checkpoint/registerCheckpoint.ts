/** The feature "checkpoint preview": a read-only editor for safetensors files, and the command that opens one in it. */
import * as vscode from 'vscode';
import { type Failures, HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import type { CheckpointDocument } from './checkpointDocument';
import { checkpointEditorType } from './checkpointEditorType';

/** More files are not offered where the command was given none. */
const mostOffered = 200;

export function registerCheckpoint(
  context: vscode.ExtensionContext,
  failures: Failures,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const engine = context.asAbsolutePath('dist/engine.js');
  // Both are loaded with the first file that is looked at.
  const provider: vscode.CustomReadonlyEditorProvider<CheckpointDocument> = {
    openCustomDocument: async (uri) => {
      const { CheckpointDocument } = await import('./checkpointDocument');
      return new CheckpointDocument(uri, engine, log);
    },
    resolveCustomEditor: async (document, panel) => {
      const { CheckpointPage } = await import('./checkpointPage');
      new CheckpointPage(document, panel, { extension: context.extensionUri, failures });
    },
  };
  return vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(checkpointEditorType, provider, {
      supportsMultipleEditorsPerDocument: true,
    }),
    failures.command('repsim.openCheckpoint', async (target) => {
      const uri = target instanceof vscode.Uri ? target : await chooseFile();
      if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, checkpointEditorType);
    }),
  );
}

/** From the palette there is no file yet. Undefined when the question was given up. */
async function chooseFile(): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.safetensors', '**/node_modules/**', mostOffered);
  if (found.length === 0) {
    throw new HostError(vscode.l10n.t('There is no .safetensors file in this workspace.'));
  }
  const items = found.map((uri) => ({ label: plainText(vscode.workspace.asRelativePath(uri)), uri }));
  const title = vscode.l10n.t('Preview which checkpoint?');
  return (await vscode.window.showQuickPick(items, { title }))?.uri;
}
