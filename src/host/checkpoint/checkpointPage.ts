/** An editor with the preview of a checkpoint: sends its page what is known, and does what its controls ask for. */
import path from 'node:path';
import * as vscode from 'vscode';
import { type CheckpointToHost, checkpointToHost } from '../../protocol/checkpointPreview';
import { rateLimit } from '../../protocol/rateLimit';
import { HostError } from '../ui/failures';
import { saveExport } from '../ui/saveExport';
import { type PageServices, WebviewPage } from '../ui/webviewPage';
import type { CheckpointDocument } from './checkpointDocument';

/** In milliseconds: progress ten times a second is live to the eye. */
const statisticsInterval = 100;

export class CheckpointPage extends WebviewPage<CheckpointToHost> {
  private readonly sendStatistics = rateLimit<void>(statisticsInterval, () => {
    if (this.document.statistics) this.post(this.document.statistics);
  });

  constructor(
    private readonly document: CheckpointDocument,
    panel: vscode.WebviewPanel,
    services: PageServices,
  ) {
    super(panel, { name: 'checkpoint', messages: checkpointToHost }, services);
    this.subscriptions.push(
      document.onDidChange((what) => (what === 'contents' ? this.update() : this.sendStatistics())),
      this.sendStatistics,
    );
  }

  protected override async send(): Promise<void> {
    await this.post(this.document.snapshot());
    this.sendStatistics();
  }

  protected override act(message: Exclude<CheckpointToHost, { type: 'ready' }>): unknown {
    const { document } = this;
    switch (message.type) {
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
