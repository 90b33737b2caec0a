/** The feature "drift": the command that opens the panel of a run, and its return after a restart of the window. */
import * as vscode from 'vscode';
import { pickRun } from '../runs/runCommands';
import type { RunEntry, RunsStore } from '../runs/runsStore';
import type { Failures } from '../ui/failures';
import type { DriftPanels } from './driftPanels';
import { driftPanelType } from './driftPanelType';

export function registerDrift(
  extension: vscode.Uri,
  store: RunsStore,
  failures: Failures,
): vscode.Disposable {
  let loading: Promise<DriftPanels> | undefined;
  /** Loaded with the first panel: most windows never open one. */
  const panels = () => {
    loading ??= import('./driftPanels').then(
      ({ DriftPanels }) => new DriftPanels(extension, store, failures),
    );
    return loading;
  };
  return vscode.Disposable.from(
    // `layer`: to pick out; menus give other things in its place.
    failures.command('repsim.openDrift', async (row, layer) => {
      const run = (row as RunEntry | undefined) ?? (await pickRun(store));
      if (run) (await panels()).show(run, typeof layer === 'string' ? layer : undefined);
    }),
    vscode.window.registerWebviewPanelSerializer(driftPanelType, {
      deserializeWebviewPanel: async (panel, state) => {
        await (await panels()).restore(panel, state);
      },
    }),
    { dispose: () => loading?.then((open) => open.dispose()) },
  );
}
