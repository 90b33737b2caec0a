/** A panel "Loss Landscape": sends its page snapshots of an analysis, and does what the controls of the page ask for. */
import * as vscode from 'vscode';
import { type LandscapeToHost, landscapeToHost } from '../../protocol/landscapePanel';
import { rateLimit } from '../../protocol/rateLimit';
import { panelPage } from '../ui/panelPage';
import { plainText } from '../ui/plainText';
import { saveExport } from '../ui/saveExport';
import type { LandscapeAnalysis } from './landscapeAnalysis';

/** Four pictures a second are live to the eye. */
const snapshotInterval = 250;

export class LandscapePanel implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly update = rateLimit<void>(snapshotInterval, () => this.guard(() => this.send()));
  /** Whether the page is there and listens; a hidden panel has no page. */
  private ready = false;

  /** `guard` runs work that the page asked for, and shows its failures. */
  constructor(
    readonly panel: vscode.WebviewPanel,
    readonly analysis: LandscapeAnalysis,
    extension: vscode.Uri,
    private readonly guard: (work: () => unknown) => unknown,
  ) {
    this.subscriptions.push(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        const parsed = landscapeToHost.safeParse(message);
        if (parsed.success) guard(() => this.act(parsed.data));
      }),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.ready = false;
        this.update();
      }),
      analysis.onDidChange(() => this.update()),
      analysis,
    );
    panel.webview.html = panelPage(panel.webview, extension, 'landscape');
  }

  dispose(): void {
    this.update.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async send(): Promise<void> {
    if (!this.ready) return;
    this.panel.title = landscapeTitle(this.analysis.names);
    await this.panel.webview.postMessage(this.analysis.snapshot());
  }

  private act(message: LandscapeToHost): unknown {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        return this.update();
      case 'choose':
        return this.analysis.choose(message.dims, message.axes);
      case 'compute':
        return this.analysis.compute();
      case 'measure':
        return this.analysis.measure();
      case 'cancel':
        return this.analysis.cancel();
      case 'showLog':
        return vscode.commands.executeCommand('repsim.showLog');
      case 'save': {
        const name = this.analysis.names.map((one) => one.replace(/[^\p{L}\p{N}._-]+/gu, '-')).join('-');
        return saveExport(message, `${name}-landscape`, vscode.l10n.t('Save the loss landscape'));
      }
      default:
        return message satisfies never;
    }
  }
}

export function landscapeTitle(names: readonly string[]): string {
  return vscode.l10n.t('Loss Landscape: {0}', plainText(names.join(', ')));
}
