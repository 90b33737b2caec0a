/** The open panels "Loss Landscape": opened beside the code, found again, and restored after a restart. */
import * as vscode from 'vscode';
import { type LandscapeChoice, landscapePageState } from '../../protocol/landscapePanel';
import type { Failures } from '../ui/failures';
import type { StatusBar } from '../ui/statusBar';
import { AnalysisProgress } from './analysisProgress';
import { type AnalysisPlace, LandscapeAnalysis } from './landscapeAnalysis';
import { LandscapePanel, landscapeTitle } from './landscapePanel';
import { landscapePanelType } from './landscapePanelType';

export class LandscapePanels implements vscode.Disposable {
  private readonly open = new Set<LandscapePanel>();
  private readonly progress: AnalysisProgress;
  private readonly place: AnalysisPlace;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly failures: Failures,
    log: vscode.LogOutputChannel,
    status: StatusBar,
  ) {
    this.progress = new AnalysisProgress(status);
    const engine = context.asAbsolutePath('dist/engine.js');
    this.place = { engine, log, failures, context };
  }

  /**
   * Shows the panel of the models with what is known of them; the focus stays in the code. `surface`: whether the slice
   * or plane of the choice is what is asked for, and not only the models.
   */
  async show(choice: LandscapeChoice, surface: boolean): Promise<LandscapeAnalysis> {
    const found = [...this.open].find(({ analysis }) => isSame(analysis.choice, choice));
    if (found) {
      found.panel.reveal(undefined, true);
      if (surface) await found.analysis.choose(choice.dims, choice.axes);
      return found.analysis;
    }
    const analysis = new LandscapeAnalysis(this.place, choice);
    const panel = vscode.window.createWebviewPanel(
      landscapePanelType,
      landscapeTitle(analysis.names),
      // Where the others are, so that the columns do not become ever narrower.
      {
        viewColumn: [...this.open].at(-1)?.panel.viewColumn ?? vscode.ViewColumn.Beside,
        preserveFocus: true,
      },
    );
    this.add(panel, analysis);
    await analysis.load();
    return analysis;
  }

  /** Gives a panel of the last session its models again. `state`: what the page kept. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const choice = landscapePageState.safeParse(state).data?.choice;
    if (!choice) {
      panel.dispose();
      return;
    }
    const analysis = new LandscapeAnalysis(this.place, choice);
    this.add(panel, analysis);
    await analysis.load();
  }

  /** Cancels whatever the panels compute. */
  cancel(): void {
    for (const { analysis } of this.open) analysis.cancel();
  }

  /** Leaves the panels open: they are what the window restores when it comes back. */
  dispose(): void {
    this.progress.dispose();
    for (const panel of this.open) panel.dispose();
  }

  private add(panel: vscode.WebviewPanel, analysis: LandscapeAnalysis): void {
    const { failures, context } = this;
    const added = new LandscapePanel(panel, analysis, { extension: context.extensionUri, failures });
    this.open.add(added);
    const following = this.progress.follow(analysis);
    panel.onDidDispose(() => {
      this.open.delete(added);
      following.dispose();
    });
  }
}

function isSame(a: LandscapeChoice, b: LandscapeChoice): boolean {
  return a.data === b.data && a.checkpoints.join('\n') === b.checkpoints.join('\n');
}
