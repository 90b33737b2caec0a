/** The open panels "Preview Data": one for a data set and a model, restored after a restart. */
import * as vscode from 'vscode';
import { type DataChoice, type DataToHost, dataPageState, dataToHost } from '../../protocol/dataPanel';
import { rateLimit } from '../../protocol/rateLimit';
import type { Failures } from '../ui/failures';
import { pageOptions, panelPage } from '../ui/panelPage';
import { plainText } from '../ui/plainText';
import { saveExport } from '../ui/saveExport';
import { dataPanelType } from './dataPanelType';
import { DataPreview } from './dataPreview';

/** Snapshots with pictures are large; while they are not there yet, four a second are live to the eye. */
const snapshotInterval = 250;

interface OpenPanel {
  readonly panel: vscode.WebviewPanel;
  readonly preview: DataPreview;
}

export class DataPanels implements vscode.Disposable {
  private readonly open = new Set<OpenPanel>();

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
      pageOptions(this.context.extensionUri),
    );
    this.add(panel, preview);
  }

  /** Gives a panel of the last session its data again. `state`: what the page kept. */
  restore(panel: vscode.WebviewPanel, state: unknown): void {
    const choice = dataPageState.safeParse(state).data?.choice;
    if (!choice) {
      panel.dispose();
      return;
    }
    panel.webview.options = pageOptions(this.context.extensionUri);
    this.add(panel, this.preview(choice));
  }

  dispose(): void {
    for (const { preview } of this.open) preview.dispose();
  }

  private preview(choice: DataChoice): DataPreview {
    return new DataPreview(choice, this.context.asAbsolutePath('dist/engine.js'), this.log);
  }

  private add(panel: vscode.WebviewPanel, preview: DataPreview): void {
    const { webview } = panel;
    let ready = false;
    const update = rateLimit<void>(snapshotInterval, () => {
      if (ready) webview.postMessage(preview.snapshot());
    });
    const act = (message: DataToHost): unknown => {
      switch (message.type) {
        case 'ready':
          ready = true;
          return update();
        case 'cancel':
          return preview.cancel();
        case 'read':
          return preview.read();
        case 'finetune':
          return finetuneOn(preview.choice);
        case 'save': {
          const name = `${preview.name.replace(/[^\p{L}\p{N}._-]+/gu, '-')}-data`;
          return saveExport(message, name, vscode.l10n.t('Save what is known of the data'));
        }
        default:
          return message satisfies never;
      }
    };
    const subscriptions = [
      webview.onDidReceiveMessage((message: unknown) => {
        const parsed = dataToHost.safeParse(message);
        if (parsed.success) this.failures.guard(() => act(parsed.data));
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) ready = false;
      }),
      preview.onDidChange(() => update()),
    ];
    const entry = { panel, preview };
    this.open.add(entry);
    panel.onDidDispose(() => {
      this.open.delete(entry);
      update.dispose();
      for (const subscription of subscriptions) subscription.dispose();
      preview.dispose();
    });
    webview.html = panelPage(webview, this.context.extensionUri, 'data');
    // A panel of the last session comes back also where the trust was withdrawn since.
    if (vscode.workspace.isTrusted) this.failures.guard(() => preview.read());
  }
}

function finetuneOn({ checkpoint, data }: DataChoice): Thenable<unknown> {
  const model = checkpoint === undefined ? undefined : vscode.Uri.file(checkpoint);
  return vscode.commands.executeCommand('repsim.finetune', model, vscode.Uri.file(data));
}
