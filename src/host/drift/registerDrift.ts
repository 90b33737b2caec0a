/** The feature "drift": the command that opens the panel of a run, and its return after a restart of the window. */
import * as vscode from 'vscode';
import { pickRun } from '../runs/runCommands';
import type { RunEntry, RunsStore } from '../runs/runsStore';
import type { Failures } from '../ui/failures';
import { lazily } from '../ui/lazily';
import { restorePanels } from '../ui/restorePanels';
import { driftPanelType } from './driftPanelType';

export function registerDrift(
  extension: vscode.Uri,
  store: RunsStore,
  failures: Failures,
): vscode.Disposable {
  const panels = lazily(async () => {
    const { DriftPanels } = await import('./driftPanels');
    return new DriftPanels(extension, store, failures);
  });
  return vscode.Disposable.from(
    // `layer`: to pick out; menus give other things in its place.
    failures.command('repsim.openDrift', async (row, layer) => {
      const run = (row as RunEntry | undefined) ?? (await pickRun(store));
      if (run) (await panels()).show(run, typeof layer === 'string' ? layer : undefined);
    }),
    restorePanels(driftPanelType, panels, failures),
    panels,
  );
}
