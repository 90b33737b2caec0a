/** The feature "runs": the view, the progress, and the commands on runs. */
import * as vscode from 'vscode';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import type { Failures } from '../ui/failures';
import { revealFolder } from '../ui/reveal';
import { isStarred } from './arrangeRuns';
import { ChosenRuns } from './chosenRuns';
import { cancelRun, checkpointOf, showRunActions } from './runCommands';
import { RunProgress } from './runProgress';
import { goesOn } from './runState';
import { RunsArrangement } from './runsArrangement';
import type { RunsGoingOn } from './runsGoingOn';
import type { RunEntry, RunsStore } from './runsStore';
import { type Listed, type RunsRow, RunsTree, runsView } from './runsTree';

export function registerRuns(
  context: vscode.ExtensionContext,
  jobs: FinetuneJobs,
  store: RunsStore,
  goingOn: RunsGoingOn,
  failures: Failures,
): vscode.Disposable {
  const arrangement = new RunsArrangement(context.workspaceState);
  const tree = new RunsTree(store, arrangement, (listed) => {
    view.message = messageOf(listed);
    view.description = arrangement.description;
  });
  const view = vscode.window.createTreeView<RunsRow>(runsView, {
    treeDataProvider: tree,
    canSelectMany: true,
  });
  const runs = new ChosenRuns(store, () => view.selection);
  /** Loaded with the first command that changes what is said of a run. */
  const describing = () => import('./describeRun');
  const star = (starred: boolean, title: string) => async (args: readonly unknown[]) => {
    const offers = (run: RunEntry) => isStarred(run) !== starred;
    const none = starred ? vscode.l10n.t('All runs are starred.') : vscode.l10n.t('No run is starred.');
    const chosen = await runs.several(args, { title, offers, none });
    await (await describing()).starRuns(store, chosen, starred);
  };
  return vscode.Disposable.from(
    view,
    tree,
    arrangement,
    new RunProgress(goingOn),
    failures.command('repsim.filterRuns', () => arrangement.askFilter()),
    failures.command('repsim.clearRunFilter', () => arrangement.clearFilter()),
    failures.command('repsim.sortRuns', () => arrangement.askSort()),
    failures.command('repsim.groupRuns', () => arrangement.askGroup()),
    failures.command('repsim.refreshRuns', () => store.refresh()),
    failures.command('repsim.cancelRun', (row) => cancelRun(store, row as RunEntry | undefined)),
    failures.command('repsim.resumeRun', async (...args) =>
      (await import('./resumeRun')).resumeRun(jobs, runs, args),
    ),
    failures.command('repsim.showRunActions', () => showRunActions(store)),
    failures.command('repsim.starRun', (...args) => star(true, vscode.l10n.t('Star which runs?'))(args)),
    failures.command('repsim.unstarRun', (...args) => star(false, vscode.l10n.t('Unstar which runs?'))(args)),
    failures.command('repsim.renameRun', async (...args) => {
      const run = await runs.one(args, { title: vscode.l10n.t('Rename which run?') });
      if (run) await (await describing()).renameRun(store, run);
    }),
    failures.command('repsim.editRunNote', async (...args) => {
      const run = await runs.one(args, { title: vscode.l10n.t('Write a note on which run?') });
      if (run) await (await describing()).editNote(store, run);
    }),
    failures.command('repsim.deleteRun', async (...args) => {
      const chosen = await runs.several(args, {
        title: vscode.l10n.t('Delete which runs?'),
        offers: (run) => !goesOn(run),
        none: vscode.l10n.t('There is no run that could be deleted.'),
      });
      await (await import('./deleteRuns')).deleteRuns(store, chosen);
    }),
    failures.command('repsim.openRunFolder', async (...args) => {
      const run = await runs.one(args, { title: vscode.l10n.t('Choose a run') });
      if (run) await revealFolder(run.folder);
    }),
    failures.command('repsim.revealCheckpoint', async (...args) => {
      const run = await runs.one(args, { title: vscode.l10n.t('Choose a run') });
      if (run) await revealFolder(await checkpointOf(run.folder));
    }),
    failures.command('repsim.exportReport', async (...args) =>
      (await import('../report/exportReport')).exportReport(context, runs, args),
    ),
  );
}

/** Undefined for an empty list, for there a message would hide the welcome. */
function messageOf({ shown, all, leftOut }: Listed): string | undefined {
  if (shown === 0) return undefined;
  const parts = [
    shown < all && vscode.l10n.t('{0} of {1} runs', shown, all),
    leftOut > 0 && vscode.l10n.t('{0} older runs are not shown.', leftOut),
  ];
  return parts.filter(Boolean).join(' · ') || undefined;
}
