/** The bar of the Runs view, and the context key that says that something runs. */
import * as vscode from 'vscode';
import type { RunsGoingOn } from './runsGoingOn';
import { runsView } from './runsTree';

const runningKey = 'repsim.running';

export class RunProgress implements vscode.Disposable {
  private readonly subscription: vscode.Disposable;
  /** Ends the bar of the view; undefined while nothing runs. */
  private endBar: (() => void) | undefined;

  constructor(goingOn: RunsGoingOn) {
    this.subscription = goingOn.onDidChange(() => {
      const running = goingOn.all.length > 0;
      if (running !== (this.endBar !== undefined)) this.switchTo(running);
    });
  }

  private switchTo(running: boolean): void {
    vscode.commands.executeCommand('setContext', runningKey, running);
    if (!running) {
      this.endBar?.();
      this.endBar = undefined;
      return;
    }
    const end = new Promise<void>((resolve) => {
      this.endBar = resolve;
    });
    vscode.window.withProgress({ location: { viewId: runsView } }, () => end);
  }

  dispose(): void {
    this.endBar?.();
    this.subscription.dispose();
  }
}
