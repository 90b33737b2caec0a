/** The drift panel of one run: sends it snapshots while the run is written, and does what its buttons ask for. */
import path from 'node:path';
import * as vscode from 'vscode';
import { type DriftToHost, driftToHost } from '../../protocol/drift';
import { rateLimit } from '../../protocol/rateLimit';
import type { FinetuneJob } from '../finetune/finetuneJob';
import { RunTail } from '../runs/runTail';
import { panelPage } from '../ui/panelPage';
import { plainText } from '../ui/plainText';
import { saveExport } from '../ui/saveExport';
import { snapshotOf } from './snapshotOf';

/** Four pictures a second are live to the eye. */
const snapshotInterval = 250;

export interface DriftPanelActions {
  cancel(): unknown;
  showLog(): unknown;
  openFolder(folder: string): unknown;
  resume(folder: string): unknown;
  goToSource(layer: string, folder: string | undefined): unknown;
  /** Runs work that the panel asked for, and shows its failures. */
  guard(work: () => unknown): unknown;
}

export class DriftPanel {
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly update = rateLimit<void>(snapshotInterval, () => this.actions.guard(() => this.send()));
  private tail: RunTail | undefined;
  private followed: { readonly job: FinetuneJob; readonly subscription: vscode.Disposable } | undefined;
  /** Whether the page is there and listens; a hidden panel has no page. */
  private ready = false;
  /** The layer that somebody came for and that the page has not been told yet. */
  private focused: string | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    extension: vscode.Uri,
    folder: string | undefined,
    job: FinetuneJob | undefined,
    private readonly actions: DriftPanelActions,
  ) {
    if (folder) this.tail = new RunTail(folder);
    this.subscriptions.push(
      panel.webview.onDidReceiveMessage((message: unknown) => this.receive(message)),
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.ready = false;
        this.update();
      }),
    );
    this.follow(job);
    panel.webview.html = panelPage(panel.webview, extension, 'drift');
  }

  /** What this window has started or resumed of the run. */
  get job(): FinetuneJob | undefined {
    return this.followed?.job;
  }

  /** The run goes on by this job; undefined leaves it as it is. */
  follow(job: FinetuneJob | undefined): void {
    if (!job || job === this.job) return;
    this.followed?.subscription.dispose();
    this.followed = { job, subscription: job.onDidChange(() => this.update()) };
    this.update();
  }

  get folder(): string | undefined {
    return this.job?.folder ?? this.tail?.folder;
  }

  /** Picks the layer out. */
  focus(layer: string): void {
    this.focused = layer;
    this.update();
  }

  /** The files of the run changed. */
  refresh(): void {
    this.update();
  }

  dispose(): void {
    this.ready = false;
    this.update.dispose();
    this.followed?.subscription.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async send(): Promise<void> {
    const { folder } = this;
    if (folder && this.tail?.folder !== folder) this.tail = new RunTail(folder);
    if (!this.ready) return;
    await this.tail?.refresh();
    // It may have been closed or hidden meanwhile.
    if (!this.ready) return;
    const name = this.tail?.name ?? this.job?.name ?? 'RepSim';
    this.panel.title = driftTitle(name);
    const focus = this.focused;
    this.focused = undefined;
    const told = await this.panel.webview.postMessage({ ...snapshotOf(name, this.tail, this.job), focus });
    if (!told) this.focused ??= focus;
  }

  private receive(message: unknown): void {
    const parsed = driftToHost.safeParse(message);
    if (parsed.success) this.actions.guard(() => this.act(parsed.data));
  }

  private act(message: DriftToHost): unknown {
    switch (message.type) {
      case 'ready':
        this.ready = true;
        return this.update();
      case 'cancel':
        return this.actions.cancel();
      case 'showLog':
        return this.actions.showLog();
      case 'openFolder':
        return this.folder && this.actions.openFolder(this.folder);
      case 'resume':
        return this.folder && this.actions.resume(this.folder);
      case 'goToSource':
        return this.actions.goToSource(message.layer, this.folder);
      case 'save':
        return saveExport(
          message,
          `${this.folder ? path.basename(this.folder) : 'run'}-drift`,
          vscode.l10n.t('Save the drift of the run'),
        );
      default:
        return message satisfies never;
    }
  }
}

export function driftTitle(name: string): string {
  return vscode.l10n.t('Drift: {0}', plainText(name));
}
