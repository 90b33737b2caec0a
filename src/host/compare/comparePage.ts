/** A page that shows a comparison, in the side bar or as an editor: sends it snapshots and does what its controls ask for. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { MeasureDescription } from '../../protocol/compare';
import { type CompareToHost, compareToHost } from '../../protocol/comparePanel';
import { rateLimit } from '../../protocol/rateLimit';
import { panelPage } from '../ui/panelPage';
import { saveExport } from '../ui/saveExport';
import type { FoundSources } from './compareSources';
import type { Comparison } from './comparison';

/** Four pictures a second are live to the eye. */
const snapshotInterval = 250;

/** What pages of one window share. */
export interface ComparePageServices {
  readonly extension: vscode.Uri;
  /** What can be chosen, with what these paths are. */
  sources(): Promise<FoundSources>;
  measures(): Promise<readonly MeasureDescription[]>;
  /** Asks for a path on disk, which is offered from then on. */
  browse(what: 'a' | 'b' | 'data', folder: boolean): Promise<string | undefined>;
  openEditor(from: Comparison): unknown;
  /** Shows the line of code that makes the layer of the source. */
  reveal(layer: string, source: string): unknown;
  /** Runs work that the page asked for, and shows its failures. */
  guard(work: () => unknown): unknown;
}

export class ComparePage implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly update = rateLimit<void>(snapshotInterval, () => this.services.guard(() => this.send()));
  private found: FoundSources = { sources: [], data: [] };
  private measures: readonly MeasureDescription[] = [];
  /** Whether the page is there and listens; a hidden one has no page. */
  private ready = false;

  constructor(
    private readonly webview: vscode.Webview,
    private readonly comparison: Comparison,
    private readonly large: boolean,
    private readonly services: ComparePageServices,
  ) {
    this.subscriptions.push(
      webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      comparison.onDidChange(() => this.update()),
    );
    webview.html = panelPage(webview, services.extension, 'compare');
  }

  /** The page came into view or went out of it, where it loses its state. */
  visible(visible: boolean): void {
    if (!visible) this.ready = false;
    else this.update();
  }

  /** What can be chosen has changed. */
  async refreshSources(): Promise<void> {
    if (!this.ready) return;
    this.found = await this.services.sources();
    this.update();
  }

  dispose(): void {
    this.update.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async send(): Promise<void> {
    if (!this.ready) return;
    const { choice, state, progress, message, result, coarse } = this.comparison;
    await this.webview.postMessage({
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

  private receive(message: unknown): void {
    const parsed = compareToHost.safeParse(message);
    if (parsed.success) this.services.guard(() => this.act(parsed.data));
  }

  private act(message: CompareToHost): unknown {
    switch (message.type) {
      case 'ready':
        return this.begin();
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

  /** The page listens: it gets what is there at once, and the rest when it is known. */
  private async begin(): Promise<void> {
    this.ready = true;
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
