/** The state of a run, as lists and panels know and name it. */
import * as vscode from 'vscode';
import type { Progress } from '../../protocol/progress';
import type { RunState } from '../../protocol/runs';
import type { RunEntry } from './runsStore';

/** While this window runs it, that is known better than the files can tell. */
export function stateOf({ job, summary }: RunEntry): RunState {
  if (!job) return summary?.state ?? 'preparing';
  return summary?.state === 'running' ? 'running' : 'preparing';
}

/** Whether a process works on it. */
export function goesOn(run: RunEntry): boolean {
  const state = stateOf(run);
  return state === 'running' || state === 'preparing';
}

/** How far it is, while it goes on and as soon as that is known. */
export function progressOfRun({ job, summary }: RunEntry): Progress | undefined {
  return job ? job.progress : summary?.progress;
}

/** The state in the user's language. */
export function stateName(state: RunState): string {
  switch (state) {
    case 'preparing':
      return vscode.l10n.t('preparing');
    case 'running':
      return vscode.l10n.t('running');
    case 'finished':
      return vscode.l10n.t('finished');
    case 'failed':
      return vscode.l10n.t('failed');
    case 'cancelled':
      return vscode.l10n.t('cancelled');
    case 'interrupted':
      return vscode.l10n.t('interrupted');
  }
}
