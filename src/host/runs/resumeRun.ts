/** Goes on with a run that was cancelled, failed or was interrupted, from its last checkpoint. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunState } from '../../protocol/runs';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import { HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import { requireTrust } from '../ui/trust';
import type { ChosenRuns } from './chosenRuns';
import { entryOf } from './runCommands';
import { stateOf } from './runState';

const resumable: ReadonlySet<RunState> = new Set(['cancelled', 'failed', 'interrupted']);

export async function resumeRun(
  jobs: FinetuneJobs,
  runs: ChosenRuns,
  args: readonly unknown[],
): Promise<void> {
  requireTrust();
  const run = await runs.one(args, {
    title: vscode.l10n.t('Resume which run?'),
    offers: (one) => resumable.has(stateOf(one)),
    none: vscode.l10n.t('There is no run to resume: all are finished or still going on.'),
  });
  if (!run) return;
  const { folder, name } = run;
  const { readRunSummary } = await import('./runSummary');
  const summary = await readRunSummary(folder);
  if (!summary) throw new HostError(vscode.l10n.t('{0} is no run that can be read.', plainText(folder)));
  if (!run.job && !resumable.has(summary.state)) {
    throw new HostError(
      summary.state === 'finished'
        ? vscode.l10n.t('"{0}" is finished.', plainText(name))
        : vscode.l10n.t('"{0}" is being worked on by another window or a terminal.', plainText(name)),
    );
  }
  const params = { settings: summary.manifest.settings, workspace: path.dirname(folder) };
  const job = jobs.resume({ folder, name: summary.name }, params);
  await vscode.commands.executeCommand('repsim.openDrift', entryOf(job));
}
