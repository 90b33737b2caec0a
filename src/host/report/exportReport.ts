/** "Export Report": one HTML file about runs, made by the `repsim` command in a process of its own. */
import { fork } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ChosenRuns, KeptRun } from '../runs/chosenRuns';
import { HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import { requireTrust } from '../ui/trust';

/** More do not fit side by side. */
const mostRuns = 8;
/** Of what the command prints, kept for its message. */
const longestOutput = 10_000;
const longestSentence = 600;

export async function exportReport(
  context: vscode.ExtensionContext,
  runs: ChosenRuns,
  args: readonly unknown[],
): Promise<void> {
  requireTrust();
  const chosen = await runs.several(args, {
    title: vscode.l10n.t('Export a report of which runs?'),
    offers: ({ summary }) => summary !== undefined,
  });
  if (chosen.length === 0) return;
  if (chosen.length > mostRuns) {
    throw new HostError(vscode.l10n.t('A report shows at most {0} runs, not {1}.', mostRuns, chosen.length));
  }
  const target = await vscode.window.showSaveDialog({
    defaultUri: defaultTarget(chosen),
    filters: { HTML: ['html'] },
    title: vscode.l10n.t('Export Report'),
  });
  if (!target) return;
  if (target.scheme !== 'file') {
    throw new HostError(vscode.l10n.t('A report is written to disk: choose a file there.'));
  }
  const written = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('RepSim: writing the report'),
      cancellable: true,
    },
    // The oldest first: the others are compared with it.
    (_, token) => writeReport(context, chosen.map(({ folder }) => folder).sort(byName), target.fsPath, token),
  );
  if (written) offerToOpen(target);
}

/** In the workspace folder of the first run, named after it. */
function defaultTarget(chosen: readonly KeptRun[]): vscode.Uri {
  const folder = chosen[0]!.folder;
  const home = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder))?.uri;
  const name = chosen.length === 1 ? `${path.basename(folder)}.html` : 'report.html';
  return vscode.Uri.joinPath(home ?? vscode.Uri.file(os.homedir()), name);
}

function byName(a: string, b: string): number {
  return path.basename(a).localeCompare(path.basename(b));
}

/** False when it was cancelled; the command replaces the file whole or leaves it as it was. */
function writeReport(
  context: vscode.ExtensionContext,
  folders: readonly string[],
  file: string,
  token: vscode.CancellationToken,
): Promise<boolean> {
  const child = fork(context.asAbsolutePath('dist/cli.js'), ['report', '--out', file, '--', ...folders], {
    execPath: process.execPath,
    execArgv: [],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-longestOutput);
  });
  const cancel = token.onCancellationRequested(() => child.kill('SIGKILL'));
  return new Promise<boolean>((resolve, reject) => {
    child.once('error', (error) => reject(new HostError(plainText(error.message))));
    child.once('close', (code) => {
      if (code === 0) resolve(true);
      else if (token.isCancellationRequested) resolve(false);
      else reject(new HostError(reasonIn(output)));
    });
  }).finally(() => cancel.dispose());
}

/** The command's own sentence: `repsim: SENTENCE`. */
function reasonIn(output: string): string {
  const sentence = /^repsim: (.+)$/m.exec(output)?.[1];
  return sentence
    ? plainText(sentence, longestSentence)
    : vscode.l10n.t(
        'The report could not be written: {0}',
        plainText(output.trim() || 'no reason given', longestSentence),
      );
}

/** A browser of this machine cannot read a file of a remote one. */
function offerToOpen(file: vscode.Uri): void {
  const browser = vscode.l10n.t('Open in Browser');
  const editor = vscode.l10n.t('Open in Editor');
  const sentence = vscode.l10n.t('The report is written: {0}', plainText(path.basename(file.fsPath)));
  const choices = vscode.env.remoteName === undefined ? [browser, editor] : [editor];
  vscode.window.showInformationMessage(sentence, ...choices).then((chosen) => {
    if (chosen === browser) vscode.env.openExternal(file);
    else if (chosen === editor) vscode.window.showTextDocument(file);
  });
}
