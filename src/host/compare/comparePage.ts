/** A page that shows a comparison, in the side bar or as an editor: sends it snapshots and does what its controls ask for. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { MeasureDescription } from '../../protocol/compare';
import { type CompareToHost, compareToHost } from '../../protocol/comparePanel';
import { saveExport } from '../ui/saveExport';
import { type PageServices, WebviewPage } from '../ui/webviewPage';
import type { FoundSources } from './compareSources';
import type { Comparison } from './comparison';

/** What pages of one window share. */
export interface ComparePageServices extends PageServices {
  /** What can be chosen, with what these paths are. */
  sources(): Promise<FoundSources>;
  measures(): Promise<readonly MeasureDescription[]>;
  /** Asks for a path on disk, which is offered from then on. */
  browse(what: 'a' | 'b' | 'data', folder: boolean): Promise<string | undefined>;
  openEditor(from: Comparison): unknown;
  /** Shows the line of code that makes the layer of the source. */
  reveal(layer: string, source: string): unknown;
}

export class ComparePage extends WebviewPage<CompareToHost> {
  private found: FoundSources = { sources: [], data: [] };
  private measures: readonly MeasureDescription[] = [];

  constructor(
    place: vscode.WebviewPanel | vscode.WebviewView,
    private readonly comparison: Comparison,
    private readonly large: boolean,
    private readonly services: ComparePageServices,
  ) {
    super(place, { name: 'compare', messages: compareToHost }, services);
    this.subscriptions.push(comparison.onDidChange(() => this.update()));
  }

  /** What can be chosen has changed. */
  async refreshSources(): Promise<void> {
    if (!this.isThere) return;
    this.found = await this.services.sources();
    this.update();
  }

  protected override send(): unknown {
    const { choice, state, progress, message, result, coarse } = this.comparison;
    return this.post({
      type: 'snapshot',
      large: this.large,
      ...this.found,
      measures: this.measures,
      choice,
      state,
      progress,
      message,
      result,
      coarse,
    });
  }

  protected override act(message: Exclude<CompareToHost, { type: 'ready' }>): unknown {
    switch (message.type) {
      case 'choose':
        return this.comparison.choose(message.choice);
      case 'compare':
        return this.comparison.compare();
      case 'cancel':
        return this.comparison.cancel();
      case 'browse':
        return this.browse(message.what, message.folder);
      case 'openEditor':
        return this.services.openEditor(this.comparison);
      case 'showLog':
        return vscode.commands.executeCommand('repsim.showLog');
      case 'reveal':
        return this.services.reveal(message.layer, message.source);
      case 'save': {
        const { a, b } = this.comparison.choice;
        const name = [a, b].map((side) => path.basename(side ?? 'none')).join('-');
        return saveExport(message, `${name}-compare`, vscode.l10n.t('Save the comparison'));
      }
      default:
        return message satisfies never;
    }
  }

  /** It gets what is there at once, and the rest when it is known. */
  protected override async begin(): Promise<void> {
    this.update();
    await Promise.all([this.refreshSources(), this.askMeasures()]);
  }

  /** The engine tells them, which runs only where the workspace is trusted. */
  private async askMeasures(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    this.measures = await this.services.measures();
    this.update();
  }

  private async browse(what: 'a' | 'b' | 'data', folder: boolean): Promise<void> {
    const chosen = await this.services.browse(what, folder);
    if (chosen === undefined) return this.update();
    await this.refreshSources();
    await this.comparison.choose({ ...this.comparison.choice, [what]: chosen });
  }
}
