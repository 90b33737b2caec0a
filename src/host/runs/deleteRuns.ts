/** Deletes runs that nobody works on: to the trash where there is one. */
import * as vscode from 'vscode';
import { claimRun } from '../../protocol/leaseFiles';
import { HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import { requireTrust } from '../ui/trust';
import type { KeptRun } from './chosenRuns';
import { goesOn } from './runState';
import type { RunsStore } from './runsStore';

/** Names of runs that the question lists. */
const mostNames = 5;
/** Milliseconds in which the files are surely gone; a run that comes back from the trash later can be resumed. */
const longestDeletion = 60_000;

export async function deleteRuns(store: RunsStore, runs: readonly KeptRun[]): Promise<void> {
  requireTrust();
  const [going] = runs.filter(goesOn);
  if (going) throw stillGoingOn(going);
  if (runs.length === 0 || !(await confirm(runs))) return;
  const refused: KeptRun[] = [];
  try {
    for (const run of runs) if (!(await remove(run, true))) refused.push(run);
    if (refused.length > 0 && (await confirmPermanent(refused))) {
      for (const run of refused) await remove(run, false);
    }
  } finally {
    store.refresh();
  }
}

/** False where there is no trash. Nobody can resume the run meanwhile. */
async function remove(run: KeptRun, useTrash: boolean): Promise<boolean> {
  const claim = await claimRun(run.folder, { endsAfter: longestDeletion }).catch((error: unknown) => {
    throw notDeleted(run, error);
  });
  if ('holder' in claim) throw stillGoingOn(run);
  try {
    await vscode.workspace.fs.delete(vscode.Uri.file(run.folder), { recursive: true, useTrash });
    return true;
  } catch (error) {
    if (useTrash) return false;
    throw notDeleted(run, error);
  } finally {
    await claim.lease.release();
  }
}

async function confirm(runs: readonly KeptRun[]): Promise<boolean> {
  const [only] = runs;
  const question =
    runs.length === 1 && only
      ? vscode.l10n.t('Delete the run "{0}"?', plainText(only.name))
      : vscode.l10n.t('Delete {0} runs?', runs.length);
  const what = vscode.l10n.t('Checkpoints, measurements and notes in their folders go with them.');
  const detail = runs.length === 1 ? what : `${namesOf(runs)}\n\n${what}`;
  const move = vscode.l10n.t('Move to Trash');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, move)) === move;
}

async function confirmPermanent(runs: readonly KeptRun[]): Promise<boolean> {
  const question =
    runs.length === 1
      ? vscode.l10n.t('The run could not be moved to a trash. Delete it permanently?')
      : vscode.l10n.t('{0} runs could not be moved to a trash. Delete them permanently?', runs.length);
  const detail = `${namesOf(runs)}\n\n${vscode.l10n.t('There may be no trash where these files are, as over a remote connection. This cannot be undone.')}`;
  const forEver = vscode.l10n.t('Delete Permanently');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, forEver)) === forEver;
}

function namesOf(runs: readonly KeptRun[]): string {
  const names = runs.slice(0, mostNames).map(({ name }) => plainText(name));
  const more = runs.length - names.length;
  return [...names, ...(more > 0 ? [vscode.l10n.t('and {0} more', more)] : [])].join('\n');
}

function notDeleted({ name }: KeptRun, error: unknown): HostError {
  const why = error instanceof Error ? error.message : String(error);
  return new HostError(vscode.l10n.t('"{0}" could not be deleted: {1}.', plainText(name), plainText(why)));
}

function stillGoingOn({ name }: KeptRun): HostError {
  return new HostError(vscode.l10n.t('"{0}" is still going on: cancel it first.', plainText(name)));
}
