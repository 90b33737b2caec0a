/** A panel "Loss Landscape": sends its page snapshots of an analysis, and does what the controls of the page ask for. */
import * as vscode from 'vscode';
import { type LandscapeToHost, landscapeToHost } from '../../protocol/landscapePanel';
import { plainText } from '../ui/plainText';
import { saveExport } from '../ui/saveExport';
import { type PageServices, WebviewPage } from '../ui/webviewPage';
import type { LandscapeAnalysis } from './landscapeAnalysis';

export class LandscapePanel extends WebviewPage<LandscapeToHost> {
  constructor(
    readonly panel: vscode.WebviewPanel,
    readonly analysis: LandscapeAnalysis,
    services: PageServices,
  ) {
    super(panel, { name: 'landscape', messages: landscapeToHost }, services);
    this.subscriptions.push(
      analysis.onDidChange(() => this.update()),
      analysis,
    );
  }

  protected override send(): unknown {
    this.panel.title = landscapeTitle(this.analysis.names);
    return this.post(this.analysis.snapshot());
  }

  protected override act(message: Exclude<LandscapeToHost, { type: 'ready' }>): unknown {
    switch (message.type) {
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
        const name = `${this.analysis.names.join('-')}-landscape`;
        return saveExport(message, name, vscode.l10n.t('Save the loss landscape'));
      }
      default:
        return message satisfies never;
    }
  }
}

export function landscapeTitle(names: readonly string[]): string {
  return vscode.l10n.t('Loss Landscape: {0}', plainText(names.join(', ')));
}
