/** The feature "compare": the view in the side bar, its large version, and the commands that start a comparison. */
import * as vscode from 'vscode';
import { pickRun, pickRuns } from '../runs/runCommands';
import type { RunEntry, RunsStore } from '../runs/runsStore';
import { type Failures, HostError } from '../ui/failures';
import { lazily } from '../ui/lazily';
import { restorePanels } from '../ui/restorePanels';
import { requireTrust } from '../ui/trust';
import { comparePanelType, compareView } from './comparePanelType';
import { SelectedForCompare } from './selectedForCompare';

export function registerCompare(
  context: vscode.ExtensionContext,
  store: RunsStore,
  failures: Failures,
  log: vscode.LogOutputChannel,
): vscode.Disposable {
  const selected = new SelectedForCompare();
  const views = lazily(async () => {
    const { CompareViews } = await import('./compareViews');
    return new CompareViews(context, store, failures, log);
  });
  return vscode.Disposable.from(
    vscode.window.registerWebviewViewProvider(compareView, {
      resolveWebviewView: async (view) => {
        await failures.guard(async () => (await views()).resolve(view));
      },
    }),
    restorePanels(comparePanelType, views, failures),
    failures.command('repsim.compare', async (target) => {
      requireTrust();
      await (await views()).ask(target instanceof vscode.Uri ? target.fsPath : undefined);
    }),
    failures.command('repsim.compareWithPretrained', async (row) => {
      requireTrust();
      const run = (row as RunEntry | undefined) ?? (await pickRun(store));
      if (!run) return;
      const pretrained = run.summary?.manifest.settings.checkpoint ?? run.job?.params.settings.checkpoint;
      if (!run.folder || !pretrained) {
        throw new HostError(vscode.l10n.t('This run has no checkpoint yet.'));
      }
      await (await views()).compare(pretrained, run.folder);
    }),
    failures.command('repsim.compareRuns', async (row, rows) => {
      requireTrust();
      const runs = (Array.isArray(rows) ? rows : [row]).filter((run): run is RunEntry => run?.folder);
      const [a, b, ...more] =
        runs.length > 0 ? runs : await pickRuns(store, vscode.l10n.t('Choose two runs to compare.'));
      if (!a?.folder || !b?.folder || more.length > 0) {
        throw new HostError(vscode.l10n.t('Choose two runs to compare.'));
      }
      await (await views()).compare(a.folder, b.folder);
    }),
    failures.command('repsim.selectForCompare', (uri) => selected.select(uri)),
    failures.command('repsim.compareWithSelected', async (uri) => {
      requireTrust();
      await (await views()).compare(...selected.with(uri));
    }),
    views,
  );
}
