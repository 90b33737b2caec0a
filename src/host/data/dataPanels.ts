/** The open panels "Preview Data": one for a data set and a model, restored after a restart. */
import * as vscode from 'vscode';
import { type DataChoice, dataPageState } from '../../protocol/dataPanel';
import type { Failures } from '../ui/failures';
import { plainText } from '../ui/plainText';
import { DataPanel } from './dataPanel';
import { dataPanelType } from './dataPanelType';
import { DataPreview } from './dataPreview';

export class DataPanels implements vscode.Disposable {
  private readonly open = new Set<DataPanel>();

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly failures: Failures,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  show(choice: DataChoice): void {
    const found = [...this.open].find(
      ({ preview }) => preview.choice.data === choice.data && preview.choice.checkpoint === choice.checkpoint,
    );
    if (found) {
      found.panel.reveal();
      this.failures.guard(() => found.preview.read());
      return;
    }
    const preview = this.preview(choice);
    const panel = vscode.window.createWebviewPanel(
      dataPanelType,
      vscode.l10n.t('Data: {0}', plainText(preview.name)),
      vscode.ViewColumn.Active,
    );
    this.add(panel, preview);
  }

  /** Gives a panel of the last session its data again. `state`: what the page kept. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const choice = dataPageState.safeParse(state).data?.choice;
    if (choice) this.add(panel, this.preview(choice));
    else panel.dispose();
  }

  /** Leaves the panels open: they are what the window restores when it comes back. */
  dispose(): void {
    for (const panel of this.open) panel.dispose();
  }

  private preview(choice: DataChoice): DataPreview {
    return new DataPreview(choice, this.context.asAbsolutePath('dist/engine.js'), this.log);
  }

  private add(panel: vscode.WebviewPanel, preview: DataPreview): void {
    const { failures, context } = this;
    const added = new DataPanel(panel, preview, { extension: context.extensionUri, failures });
    this.open.add(added);
    panel.onDidDispose(() => this.open.delete(added));
    // A panel of the last session comes back also where the trust was withdrawn since.
    if (vscode.workspace.isTrusted) failures.guard(() => preview.read());
  }
}
