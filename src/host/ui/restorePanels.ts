/** Brings the panels of one type back when their window comes back. */
import * as vscode from 'vscode';
import type { Failures } from './failures';

export interface RestoringPanels {
  /** Gives a panel of the last session its content again. `state`: what the page kept, not checked yet. */
  restore(panel: vscode.WebviewPanel, state: unknown): unknown;
}

/** `panels` is asked with the first panel that comes back. */
export function restorePanels(
  type: string,
  panels: () => Promise<RestoringPanels>,
  failures: Failures,
): vscode.Disposable {
  return vscode.window.registerWebviewPanelSerializer(type, {
    deserializeWebviewPanel: async (panel, state: unknown) => {
      await failures.guard(async () => (await panels()).restore(panel, state));
    },
  });
}
