/** An editor with the preview of a checkpoint: sends its page what is known, and does what its controls ask for. */
import path from 'node:path';
import * as vscode from 'vscode';
import { type CheckpointToHost, checkpointToHost } from '../../protocol/checkpointPreview';
import { rateLimit } from '../../protocol/rateLimit';
import { HostError } from '../ui/failures';
import { pageOptions, panelPage } from '../ui/panelPage';
import { saveExport } from '../ui/saveExport';
import type { CheckpointDocument } from './checkpointDocument';

/** Progress ten times a second is live to the eye. */
const statisticsInterval = 100;

/** Fills `panel` with the preview; `guard` runs work that the page asked for, and shows its failures. */
export function openCheckpointPage(
  document: CheckpointDocument,
  panel: vscode.WebviewPanel,
  extension: vscode.Uri,
  guard: (work: () => unknown) => unknown,
): void {
  panel.webview.options = pageOptions(extension);
  const page = new CheckpointPage(document, panel, guard);
  panel.webview.html = panelPage(panel.webview, extension, 'checkpoint');
  panel.onDidDispose(() => page.dispose());
}

class CheckpointPage implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private readonly sendStatistics = rateLimit<void>(statisticsInterval, () => {
    if (this.ready && this.document.statistics) this.panel.webview.postMessage(this.document.statistics);
  });
  /** Whether the page is there and listens; a hidden panel has no page. */
  private ready = false;

  constructor(
    private readonly document: CheckpointDocument,
    private readonly panel: vscode.WebviewPanel,
    guard: (work: () => unknown) => unknown,
  ) {
    this.subscriptions = [
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const parsed = checkpointToHost.safeParse(message);
        if (parsed.success) guard(() => this.act(parsed.data));
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.ready = false;
      }),
      document.onDidChange((what) => (what === 'contents' ? this.sendAll() : this.sendStatistics())),
    ];
  }

  dispose(): void {
    this.sendStatistics.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async sendAll(): Promise<void> {
    if (!this.ready) return;
    await this.panel.webview.postMessage(this.document.snapshot());
    this.sendStatistics();
  }

  private act(message: CheckpointToHost): unknown {
    const { document } = this;
    switch (message.type) {
      case 'ready':
        this.ready = true;
        return this.sendAll();
      case 'statistics':
        return document.compute(message.row, message.tensors);
      case 'cancel':
        return document.cancel();
      case 'compare':
        // Without a config.json it can still be a dump of activations.
        return vscode.commands.executeCommand(
          'repsim.compare',
          document.model ? vscode.Uri.file(document.model) : document.uri,
        );
      case 'finetune':
        if (!document.model) {
          throw new HostError(
            vscode.l10n.t(
              'There is no config.json beside this file, which says what model the tensors are of.',
            ),
          );
        }
        return vscode.commands.executeCommand('repsim.finetune', vscode.Uri.file(document.model));
      case 'save':
        return saveExport(
          message,
          `${path.basename(document.uri.path)}-tensors`,
          vscode.l10n.t('Save the list of tensors'),
        );
      default:
        return message satisfies never;
    }
  }
}
