/** A panel "Preview Data": sends its page what is known of a data set, and does what the controls of the page ask for. */
import * as vscode from 'vscode';
import { type DataChoice, type DataToHost, dataToHost } from '../../protocol/dataPanel';
import { saveExport } from '../ui/saveExport';
import { type PageServices, WebviewPage } from '../ui/webviewPage';
import type { DataPreview } from './dataPreview';

export class DataPanel extends WebviewPage<DataToHost> {
  constructor(
    readonly panel: vscode.WebviewPanel,
    readonly preview: DataPreview,
    services: PageServices,
  ) {
    super(panel, { name: 'data', messages: dataToHost }, services);
    this.subscriptions.push(
      preview.onDidChange(() => this.update()),
      preview,
    );
  }

  protected override send(): unknown {
    return this.post(this.preview.snapshot());
  }

  protected override act(message: Exclude<DataToHost, { type: 'ready' }>): unknown {
    switch (message.type) {
      case 'cancel':
        return this.preview.cancel();
      case 'read':
        return this.preview.read();
      case 'finetune':
        return finetuneOn(this.preview.choice);
      case 'save':
        return saveExport(
          message,
          `${this.preview.name}-data`,
          vscode.l10n.t('Save what is known of the data'),
        );
      default:
        return message satisfies never;
    }
  }
}

function finetuneOn({ checkpoint, data }: DataChoice): Thenable<unknown> {
  const model = checkpoint === undefined ? undefined : vscode.Uri.file(checkpoint);
  return vscode.commands.executeCommand('repsim.finetune', model, vscode.Uri.file(data));
}
