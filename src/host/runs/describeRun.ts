/** What a person says of runs: a name, a note, a star. */
import * as vscode from 'vscode';
import { longestNote, longestRunName } from '../../protocol/about';
import { readAbout } from '../../protocol/runFiles';
import { HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import { requireTrust } from '../ui/trust';
import { type AboutChange, changeAbout } from './aboutRun';
import type { KeptRun } from './chosenRuns';
import { runName } from './runName';
import type { RunsStore } from './runsStore';

export async function renameRun(store: RunsStore, run: KeptRun): Promise<void> {
  requireTrust();
  const plain = run.summary ? runName(run.summary.manifest.settings) : run.name;
  const value = (await readAbout(run.folder)).name ?? plain;
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Rename "{0}"', plainText(run.name)),
    prompt: vscode.l10n.t('Empty: the name made of method and data.'),
    value,
    validateInput: tooLong(longestRunName),
  });
  if (name === undefined) return;
  await change(store, run.folder, { name: name.trim() === plain ? '' : name });
}

export async function editNote(store: RunsStore, run: KeptRun): Promise<void> {
  requireTrust();
  const note = await vscode.window.showInputBox({
    title: vscode.l10n.t('Note on "{0}"', plainText(run.name)),
    prompt: vscode.l10n.t('Shown when the mouse rests on the run, found by the filter, and part of reports.'),
    value: (await readAbout(run.folder)).note ?? '',
    validateInput: tooLong(longestNote),
  });
  if (note !== undefined) await change(store, run.folder, { note });
}

export async function starRuns(store: RunsStore, runs: readonly KeptRun[], starred: boolean): Promise<void> {
  requireTrust();
  for (const { folder } of runs) await change(store, folder, { starred });
}

async function change(store: RunsStore, folder: string, about: AboutChange): Promise<void> {
  try {
    await changeAbout(folder, about);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HostError(vscode.l10n.t('This could not be kept with the run: {0}.', plainText(why)));
  }
  store.changed(folder);
}

function tooLong(limit: number): (text: string) => string | undefined {
  return (text) => (text.trim().length > limit ? vscode.l10n.t('At most {0} characters.', limit) : undefined);
}
