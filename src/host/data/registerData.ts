/** The feature "data": the command that previews a data set, and the return of its panels. */
import * as vscode from 'vscode';
import { type Failures, HostError } from '../ui/failures';
import { requireTrust } from '../ui/trust';
import type { DataPanels } from './dataPanels';
import { dataPanelType } from './dataPanelType';

export function registerData(
  context: vscode.ExtensionContext,
  failures: Failures,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  let loading: Promise<DataPanels> | undefined;
  const panels = () => {
    loading ??= import('./dataPanels').then(({ DataPanels }) => new DataPanels(context, failures, log));
    return loading;
  };
  return vscode.Disposable.from(
    failures.command('repsim.previewData', async (target) => {
      requireTrust();
      const { askData } = await import('./askData');
      const choice = await askData(context, target instanceof vscode.Uri ? fileOf(target) : undefined);
      if (choice) (await panels()).show(choice);
    }),
    vscode.window.registerWebviewPanelSerializer(dataPanelType, {
      deserializeWebviewPanel: async (panel, state) => {
        await failures.guard(async () => (await panels()).restore(panel, state));
      },
    }),
    { dispose: () => loading?.then((open) => open.dispose()) },
  );
}

function fileOf(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new HostError(vscode.l10n.t('Choose a file or folder on disk in the Explorer.'));
}
