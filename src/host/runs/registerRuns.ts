/** The feature "runs": the view, the progress, and the commands on runs. */
import * as vscode from 'vscode';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import type { Failures } from '../ui/failures';
import { revealFolder } from '../ui/reveal';
import { cancelRun, checkpointOf, pickRun, showRunActions } from './runCommands';
import { RunProgress } from './runProgress';
import type { RunEntry, RunsStore } from './runsStore';
import { RunsTree, runsView } from './runsTree';

export function registerRuns(jobs: FinetuneJobs, store: RunsStore, failures: Failures): vscode.Disposable {
  const tree = new RunsTree(store, (leftOut) => {
    view.message = leftOut > 0 ? vscode.l10n.t('{0} older runs are not shown.', leftOut) : undefined;
  });
  const view = vscode.window.createTreeView(runsView, { treeDataProvider: tree });
  /** Commands get the row that they were called on; from the palette they get none and ask. */
  const folderOf = async (row: unknown) => ((row as RunEntry | undefined) ?? (await pickRun(store)))?.folder;
  return vscode.Disposable.from(
    view,
    new RunProgress(jobs),
    failures.command('repsim.cancelRun', (row) => cancelRun(jobs, row as RunEntry | undefined)),
    failures.command('repsim.showRunActions', () => showRunActions(jobs)),
    failures.command('repsim.refreshRuns', () => store.refresh()),
    failures.command('repsim.openRunFolder', async (row) => {
      const folder = await folderOf(row);
      if (folder) await revealFolder(folder);
    }),
    failures.command('repsim.revealCheckpoint', async (row) => {
      const folder = await folderOf(row);
      if (folder) await revealFolder(await checkpointOf(folder));
    }),
  );
}
