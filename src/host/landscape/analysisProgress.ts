/** Where the progress of analyses is seen outside of their panels: the status bar and the bar of the Runs view. */
import * as vscode from 'vscode';
import { progressText } from '../runs/progressText';
import { runsView } from '../runs/runsTree';
import type { StatusBar } from '../ui/statusBar';
import type { LandscapeAnalysis } from './landscapeAnalysis';

const analysingKey = 'repsim.analysing';
const statusSource = 'analyses';

export class AnalysisProgress implements vscode.Disposable {
  /** Ends what is shown of an analysis that works. */
  private readonly shown = new Map<LandscapeAnalysis, () => void>();

  constructor(private readonly status: StatusBar) {}

  /** Shows the analysis whenever it works. Dispose of what is returned when the analysis is gone. */
  follow(analysis: LandscapeAnalysis): vscode.Disposable {
    const subscription = analysis.onDidChange(() => {
      const working = analysis.working !== undefined;
      if (working === this.shown.has(analysis)) return;
      if (working) this.begin(analysis);
      else this.end(analysis);
    });
    return vscode.Disposable.from(subscription, { dispose: () => this.end(analysis) });
  }

  dispose(): void {
    for (const analysis of [...this.shown.keys()]) this.end(analysis);
  }

  private begin(analysis: LandscapeAnalysis): void {
    const ended = new Promise<void>((resolve) => this.shown.set(analysis, resolve));
    vscode.commands.executeCommand('setContext', analysingKey, true);
    vscode.window.withProgress({ location: { viewId: runsView } }, () => ended);
    const tell = () => {
      const text = analysis.working && progressText(analysis.working);
      if (text) this.status.setWork(statusSource, { text, lines: [`${analysis.names.join(', ')}: ${text}`] });
    };
    tell();
    const subscription = analysis.onDidChange(tell);
    ended.finally(() => subscription.dispose());
  }

  private end(analysis: LandscapeAnalysis): void {
    this.shown.get(analysis)?.();
    this.shown.delete(analysis);
    if (this.shown.size > 0) return;
    this.status.setWork(statusSource, undefined);
    vscode.commands.executeCommand('setContext', analysingKey, false);
  }
}
