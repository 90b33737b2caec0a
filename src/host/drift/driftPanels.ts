/** The open drift panels, one a run: opened beside the code, found again, and restored after a restart. */
import * as vscode from 'vscode';
import { driftPanelState } from '../../protocol/drift';
import type { FinetuneJob } from '../finetune/finetuneJob';
import { cancelRun, entryOf } from '../runs/runCommands';
import { stateOf } from '../runs/runState';
import type { RunEntry, RunsStore } from '../runs/runsStore';
import type { Failures } from '../ui/failures';
import { revealFolder } from '../ui/reveal';
import { DriftPanel, type DriftPanelActions, driftTitle } from './driftPanel';
import { driftPanelType } from './driftPanelType';

export class DriftPanels implements vscode.Disposable {
  private readonly open = new Set<DriftPanel>();
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly store: RunsStore,
    private readonly failures: Failures,
  ) {
    this.subscription = store.onDidChangeRun((folder) => {
      for (const panel of this.open) if (panel.folder === folder) panel.update();
    });
  }

  /** Shows the panel of the run, with `layer` picked out; the focus stays in the code. */
  show(run: RunEntry, layer?: string): void {
    const found = this.find(run);
    found?.follow(run.job);
    found?.panel.reveal(undefined, true);
    const panel = found ?? this.create(run);
    if (layer !== undefined) panel.focus(layer);
  }

  private create(run: RunEntry): DriftPanel {
    // Beside the code, and where those of other runs are: who looks through runs gets no new column for each.
    const [latest] = [...this.open].slice(-1);
    const panel = vscode.window.createWebviewPanel(driftPanelType, driftTitle(run.name), {
      viewColumn: latest?.panel.viewColumn ?? vscode.ViewColumn.Beside,
      preserveFocus: true,
    });
    return this.add(panel, run.folder, run.job);
  }

  /** Gives a panel of the last session its run again. `state`: what the page kept. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const folder = driftPanelState.safeParse(state).data?.run ?? (await this.runWithoutPanel());
    if (!folder) {
      panel.dispose();
      return;
    }
    this.add(panel, folder, this.store.jobOf(folder));
  }

  /** What a panel shows that was closed before its run had a folder: the run that goes on and that no panel shows. */
  private async runWithoutPanel(): Promise<string | undefined> {
    const runs = await this.store.list();
    return runs.find((run) => stateOf(run) === 'running' && !this.find(run))?.folder;
  }

  private find(run: RunEntry): DriftPanel | undefined {
    return [...this.open].find(
      (panel) => (run.folder && panel.folder === run.folder) || (run.job && panel.job === run.job),
    );
  }

  private add(
    panel: vscode.WebviewPanel,
    folder: string | undefined,
    job: FinetuneJob | undefined,
  ): DriftPanel {
    const actions: DriftPanelActions = {
      cancel: () => this.cancel(drift),
      showLog: () => vscode.commands.executeCommand('repsim.showLog'),
      openFolder: revealFolder,
      resume: (run) => vscode.commands.executeCommand('repsim.resumeRun', { folder: run, name: drift.name }),
      goToSource: (layer, folder) =>
        vscode.commands.executeCommand('repsim.goToSource', { layer, run: folder }),
    };
    const { extension, failures } = this;
    const drift = new DriftPanel(panel, folder, job, actions, { extension, failures });
    this.open.add(drift);
    panel.onDidDispose(() => this.open.delete(drift));
    return drift;
  }

  private cancel({ job, folder, name }: DriftPanel): Promise<void> {
    const run = job && !job.outcome ? entryOf(job) : undefined;
    return cancelRun(
      this.store,
      run ?? {
        folder,
        name,
        summary: undefined,
        job: folder ? this.store.jobOf(folder) : undefined,
      },
    );
  }

  /** Leaves the panels open: they are what the window restores when it comes back. */
  dispose(): void {
    this.subscription.dispose();
    for (const panel of this.open) panel.dispose();
  }
}
