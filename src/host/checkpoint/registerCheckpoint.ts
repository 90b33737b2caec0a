/** The feature "checkpoint preview": a read-only editor for safetensors files, and the command that opens one in it. */
import * as vscode from 'vscode';
import { checkpointEditor } from '../../protocol/checkpointPreview';
import { type Failures, HostError } from '../ui/failures';
import { pageOptions } from '../ui/panelPage';
import { CheckpointDocument } from './checkpointDocument';
import { CheckpointPage } from './checkpointPage';

export function registerCheckpoint(
  context: vscode.ExtensionContext,
  failures: Failures,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const engine = context.asAbsolutePath('dist/engine.js');
  const provider: vscode.CustomReadonlyEditorProvider<CheckpointDocument> = {
    openCustomDocument: (uri) => new CheckpointDocument(uri, engine, log),
    resolveCustomEditor: (document, panel) => {
      panel.webview.options = pageOptions(context.extensionUri);
      const page = new CheckpointPage(document, panel, context.extensionUri, (work) => failures.guard(work));
      panel.onDidDispose(() => page.dispose());
    },
  };
  return vscode.Disposable.from(
    vscode.window.registerCustomEditorProvider(checkpointEditor, provider, {
      supportsMultipleEditorsPerDocument: true,
    }),
    failures.command('repsim.openCheckpoint', async (target) => {
      const uri = target instanceof vscode.Uri ? target : await chooseFile();
      if (uri) await vscode.commands.executeCommand('vscode.openWith', uri, checkpointEditor);
    }),
  );
}

/** From the palette there is no file yet. Undefined when the question was given up. */
async function chooseFile(): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.safetensors', '**/node_modules/**', mostOffered);
  if (found.length === 0) {
    throw new HostError(vscode.l10n.t('There is no .safetensors file in this workspace.'));
  }
  const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Preview which checkpoint?') }))
    ?.uri;
}

const mostOffered = 200;
