/** The feature "configuration": a new repsim.json, what is wrong with one, and paths completed in it. */
import * as vscode from 'vscode';
import { settingsFileName } from '../finetune/settingsFileName';
import type { Failures } from '../ui/failures';

/** Milliseconds without a key until what was typed is looked at. */
const typingPause = 300;
const selector: vscode.DocumentFilter = { pattern: `**/${settingsFileName}` };

export function registerConfiguration(
  context: vscode.ExtensionContext,
  failures: Failures,
): vscode.Disposable {
  return vscode.Disposable.from(
    failures.command('repsim.createConfiguration', async () => {
      const { createConfiguration } = await import('./createConfiguration');
      await createConfiguration(context);
    }),
    watchConfigurations(failures),
    vscode.languages.registerCompletionItemProvider(
      selector,
      {
        provideCompletionItems: async (document, position) => {
          const { completePath } = await import('./completePath');
          return completePath(document, position);
        },
      },
      '/',
    ),
  );
}

/** Loads the checks with the first repsim.json that is open. */
function watchConfigurations(failures: Failures): vscode.Disposable {
  const diagnostics = vscode.languages.createDiagnosticCollection('repsim');
  const isConfiguration = ({ uri }: vscode.TextDocument) =>
    uri.path.endsWith(`/${settingsFileName}`) && ['file', 'untitled'].includes(uri.scheme);
  const waiting = new Map<string, NodeJS.Timeout>();
  const check = (document: vscode.TextDocument, delay: number) => {
    if (!isConfiguration(document)) return;
    const key = document.uri.toString();
    clearTimeout(waiting.get(key));
    waiting.set(
      key,
      setTimeout(() => {
        waiting.delete(key);
        failures.guard(async () => {
          const { diagnosticsOf } = await import('./configurationDiagnostics');
          const { version } = document;
          const found = await diagnosticsOf(document);
          if (!document.isClosed && document.version === version) diagnostics.set(document.uri, found);
        });
      }, delay),
    );
  };
  const checkAll = () => {
    for (const document of vscode.workspace.textDocuments) check(document, 0);
  };
  checkAll();
  return vscode.Disposable.from(
    diagnostics,
    vscode.workspace.onDidOpenTextDocument((document) => check(document, 0)),
    vscode.workspace.onDidChangeTextDocument(({ document }) => check(document, typingPause)),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => diagnostics.delete(uri)),
    // What is missing may have come meanwhile.
    vscode.workspace.onDidSaveTextDocument((document) => check(document, 0)),
    vscode.window.onDidChangeWindowState(({ focused }) => focused && checkAll()),
    vscode.workspace.onDidCreateFiles(checkAll),
    vscode.workspace.onDidDeleteFiles(checkAll),
    vscode.workspace.onDidRenameFiles(checkAll),
    vscode.window.onDidChangeActiveTextEditor((editor) => editor && check(editor.document, 0)),
    {
      dispose: () => {
        for (const timer of waiting.values()) clearTimeout(timer);
      },
    },
  );
}
