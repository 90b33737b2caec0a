/** The drift panel of one run: sends it snapshots while the run is written, and does what its buttons ask for. */
import path from 'node:path';
import * as vscode from 'vscode';
import { type DriftToHost, driftToHost } from '../../protocol/drift';
import type { FinetuneJob } from '../finetune/finetuneJob';
import { RunTail } from '../runs/runTail';
import { plainText } from '../ui/plainText';
import { saveExport } from '../ui/saveExport';
import { type PageServices, WebviewPage } from '../ui/webviewPage';
import { snapshotOf } from './snapshotOf';

export interface DriftPanelActions {
  cancel(): unknown;
  showLog(): unknown;
  openFolder(folder: string): unknown;
  resume(folder: string): unknown;
  goToSource(layer: string, folder: string | undefined): unknown;
}

export class DriftPanel extends WebviewPage<DriftToHost> {
  private tail: RunTail | undefined;
  private followed: { readonly job: FinetuneJob; readonly subscription: vscode.Disposable } | undefined;
  /** The layer that somebody came for and that the page has not been told yet. */
  private focused: string | undefined;

  constructor(
    readonly panel: vscode.WebviewPanel,
    folder: string | undefined,
    job: FinetuneJob | undefined,
    private readonly actions: DriftPanelActions,
    services: PageServices,
  ) {
    super(panel, { name: 'drift', messages: driftToHost }, services);
    if (folder) this.tail = new RunTail(folder);
    this.follow(job);
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

  /** What the run is called. */
  get name(): string {
    return this.tail?.name ?? this.job?.name ?? 'RepSim';
  }

  get folder(): string | undefined {
    return this.job?.folder ?? this.tail?.folder;
  }

  /** Picks the layer out. */
  focus(layer: string): void {
    this.focused = layer;
    this.update();
  }

  override dispose(): void {
    this.followed?.subscription.dispose();
    super.dispose();
  }

  protected override async send(): Promise<void> {
    const { folder } = this;
    if (folder && this.tail?.folder !== folder) this.tail = new RunTail(folder);
    await this.tail?.refresh();
    // It may have been closed or hidden meanwhile.
    if (!this.isThere) return;
    const { name } = this;
    this.panel.title = driftTitle(name);
    const focus = this.focused;
    this.focused = undefined;
    const told = await this.post({ ...snapshotOf(name, this.tail, this.job), focus });
    if (!told) this.focused ??= focus;
  }

  protected override act(message: Exclude<DriftToHost, { type: 'ready' }>): unknown {
    switch (message.type) {
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
