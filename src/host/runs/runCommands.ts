/** What can be done with a run from the view, the palette, the status bar and the panel of the run. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { FinetuneJob } from '../finetune/finetuneJob';
import { HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import { requireTrust } from '../ui/trust';
import { goesOn } from './runState';
import type { RunEntry, RunsStore } from './runsStore';

/** Asks which run is meant where a command was given none. Undefined when the question was given up. */
export async function pickRun(store: RunsStore): Promise<RunEntry | undefined> {
  const items = await runItems(store);
  const title = vscode.l10n.t('Choose a run');
  return (await vscode.window.showQuickPick(items, { title }))?.run;
}

/** Asks for several. Empty when the question was given up. */
export async function pickRuns(store: RunsStore, title: string): Promise<RunEntry[]> {
  const items = await runItems(store);
  return (
    (await vscode.window.showQuickPick(items, { title, canPickMany: true }))?.map(({ run }) => run) ?? []
  );
}

async function runItems(store: RunsStore) {
  const runs = await store.list();
  if (runs.length === 0) throw new HostError(vscode.l10n.t('There is no run yet: finetune a model first.'));
  return runs.map((run) => ({
    label: plainText(run.name),
    description: run.folder && path.basename(run.folder),
    run,
  }));
}

/** Cancels a run: this window's by its channel, another's by a file in the folder of the run that whoever works on it looks for. */
export async function cancelRun(store: RunsStore, row: RunEntry | undefined): Promise<void> {
  const run = row ?? (await pickGoingOn(store));
  const job = run?.job ?? (run?.folder === undefined ? undefined : store.jobOf(run.folder));
  if (job) return job.cancel();
  if (!run?.folder) return;
  requireTrust();
  const { cancelFile } = await import('../../protocol/runs');
  // Never through a link that lies in its place; one that is there already asks as well.
  await writeFile(path.join(run.folder, cancelFile), '', { flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  vscode.window.showInformationMessage(vscode.l10n.t('"{0}" was asked to stop.', plainText(run.name)));
}

async function pickGoingOn(store: RunsStore): Promise<RunEntry | undefined> {
  const all = (await store.list()).filter(goesOn);
  if (all.length === 0) throw new HostError(vscode.l10n.t('No run is going on.'));
  if (all.length === 1) return all[0];
  const items = all.map((run) => ({ label: plainText(run.name), run }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Cancel which run?') }))?.run;
}

/** Folder of the finetuned weights: the final ones, else the last that were kept. */
export async function checkpointOf(folder: string): Promise<string> {
  for (const name of ['final', 'last']) {
    const checkpoint = path.join(folder, 'checkpoints', name);
    const found = await vscode.workspace.fs.stat(vscode.Uri.file(checkpoint)).then(
      () => true,
      () => false,
    );
    if (found) return checkpoint;
  }
  throw new HostError(vscode.l10n.t('This run has no checkpoint yet.'));
}

/** What a click on the status bar item offers. */
export async function showRunActions(store: RunsStore): Promise<void> {
  const perRun = (await store.list()).filter(goesOn).flatMap((run) => [
    {
      label: `$(graph-line) ${vscode.l10n.t('Open Drift')}`,
      description: plainText(run.name),
      run: () => vscode.commands.executeCommand('repsim.openDrift', run),
    },
    {
      label: `$(debug-stop) ${vscode.l10n.t('Cancel Run')}`,
      description: plainText(run.name),
      run: () => cancelRun(store, run),
    },
  ]);
  const always = [
    ['play', vscode.l10n.t('Finetune'), 'repsim.finetune'],
    ['compare-changes', vscode.l10n.t('Compare Representations...'), 'repsim.compare'],
    ['server-process', vscode.l10n.t('Show Runtimes'), 'repsim.showRuntimes'],
    ['settings-gear', vscode.l10n.t('Settings'), 'workbench.action.openSettings', '@ext:repsim.repsim'],
    ['book', vscode.l10n.t('Open Walkthrough'), 'repsim.openWalkthrough'],
    ['output', vscode.l10n.t('Show Log'), 'repsim.showLog'],
  ].map(([icon, label, command, ...args]) => ({
    label: `$(${icon}) ${label}`,
    description: '',
    run: () => vscode.commands.executeCommand(command!, ...args),
  }));
  const chosen = await vscode.window.showQuickPick([...perRun, ...always], { title: 'RepSim' });
  await chosen?.run();
}

export function entryOf(job: FinetuneJob): RunEntry {
  return { folder: job.folder, name: job.name, summary: undefined, job };
}
