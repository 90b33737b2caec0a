/** The feature "data": the command that previews a data set, and the return of its panels. */
import * as vscode from 'vscode';
import { type Failures, HostError } from '../ui/failures';
import { lazily } from '../ui/lazily';
import { restorePanels } from '../ui/restorePanels';
import { requireTrust } from '../ui/trust';
import { dataPanelType } from './dataPanelType';

export function registerData(
  context: vscode.ExtensionContext,
  failures: Failures,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const panels = lazily(async () => {
    const { DataPanels } = await import('./dataPanels');
    return new DataPanels(context, failures, log);
  });
  return vscode.Disposable.from(
    failures.command('repsim.previewData', async (target) => {
      requireTrust();
      const { askData } = await import('./askData');
      const choice = await askData(context, target instanceof vscode.Uri ? fileOf(target) : undefined);
      if (choice) (await panels()).show(choice);
    }),
    restorePanels(dataPanelType, panels, failures),
    panels,
  );
}

function fileOf(uri: vscode.Uri): string {
  if (uri.scheme === 'file') return uri.fsPath;
  throw new HostError(vscode.l10n.t('Choose a file or folder on disk in the Explorer.'));
}
