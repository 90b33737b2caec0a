/** `RepSim: Use Python TensorFlow...`: asks which Python, and builds the native module against its TensorFlow. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { stageText } from '../ui/coreWords';
import { plainText } from '../ui/plainText';
import type { RuntimeEngine } from './runtimeEngine';

interface PythonItem extends vscode.QuickPickItem {
  /** Undefined: ask for a file. */
  readonly python: string | undefined;
}

export async function linkPython(engine: RuntimeEngine): Promise<void> {
  const python = await askPython();
  if (python === undefined) return;
  const report = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('RepSim: linking TensorFlow'),
      cancellable: true,
    },
    (progress, token) =>
      engine.linkPython(python, token, (stage) => progress.report({ message: stageText(stage) })),
  );
  if (!report) return;
  const use = vscode.l10n.t('Use It');
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'TensorFlow {0} of {1} works: {2}, {3} GFLOP/s.',
      report.version ?? '',
      python,
      report.device ?? '',
      report.gigaflops ?? 0,
    ),
    use,
    vscode.l10n.t('Show Runtimes'),
  );
  if (chosen === use) {
    await vscode.workspace
      .getConfiguration('repsim')
      .update('runtime', 'tensorflow', vscode.ConfigurationTarget.Global);
  } else if (chosen) await vscode.commands.executeCommand('repsim.showRuntimes');
}

async function askPython(): Promise<string | undefined> {
  const found = (await candidates()).map((python): PythonItem => {
    return { label: plainText(python), python };
  });
  const browse = {
    label: `$(folder-opened) ${vscode.l10n.t('Choose an Interpreter...')}`,
    python: undefined,
  };
  const chosen = await vscode.window.showQuickPick<PythonItem>([...found, browse], {
    title: vscode.l10n.t('Which Python has TensorFlow?'),
    placeHolder: vscode.l10n.t('Its library is used as it is; nothing is installed into that Python'),
  });
  if (!chosen || chosen.python !== undefined) return chosen?.python;
  const files = await vscode.window.showOpenDialog({ title: vscode.l10n.t('The Python interpreter') });
  return files?.[0]?.fsPath;
}

/** Interpreters that the workspace or its settings point to, and the one that a terminal would find. */
async function candidates(): Promise<string[]> {
  const inFolder = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const folders = vscode.workspace.workspaceFolders ?? [];
  const files = folders.flatMap(({ uri }) =>
    ['.venv', 'venv'].map((name) => path.join(uri.fsPath, name, ...inFolder)),
  );
  const set = vscode.workspace.getConfiguration('python').get<string>('defaultInterpreterPath');
  if (set && path.isAbsolute(set)) files.unshift(set);
  const present = await Promise.all(
    files.map((file) =>
      stat(file).then(
        (found) => found.isFile(),
        () => false,
      ),
    ),
  );
  return [...new Set([...files.filter((_, i) => present[i]), 'python3'])];
}
