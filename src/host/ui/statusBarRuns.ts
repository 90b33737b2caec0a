/** Keeps the status bar told of the runs that go on, and of what runs and settings compute with. */
import * as vscode from 'vscode';
import type { FinetuneJob } from '../finetune/finetuneJob';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import { progressText } from '../runs/progressText';
import { progressOfRun } from '../runs/runState';
import type { RunsGoingOn } from '../runs/runsGoingOn';
import type { RunEntry } from '../runs/runsStore';
import { plainText } from './plainText';
import type { StatusBar } from './statusBar';

/** What ran elsewhere than asked is told in whole sentences. */
const longestFallback = 300;

export function followRuns(jobs: FinetuneJobs, goingOn: RunsGoingOn, status: StatusBar): vscode.Disposable {
  const showSetting = () => {
    const runtime = vscode.workspace.getConfiguration('repsim').get<string>('runtime', 'auto');
    // What "auto" comes to is known once something has run.
    if (runtime !== 'auto') status.setRuntime(runtime);
  };
  showSetting();
  return vscode.Disposable.from(
    goingOn.onDidChange(() => {
      const { all } = goingOn;
      const lines = all.map((run) => `${run.name}: ${statusText([run])}`);
      status.setWork('runs', all.length > 0 ? { text: statusText(all), lines } : undefined);
    }),
    jobs.onDidFinish((job) => showRuntimeOf(job, status)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration('repsim.runtime')) showSetting();
    }),
  );
}

/** What the run was computed with, as its manifest tells. */
async function showRuntimeOf({ folder }: FinetuneJob, status: StatusBar): Promise<void> {
  if (!folder) return;
  const { readManifest } = await import('../../protocol/runFiles');
  const runtime = (await readManifest(folder))?.runtime;
  if (!runtime) return;
  status.setRuntime(
    runtime.name,
    [
      vscode.l10n.t('The last run was computed with {0} on {1}.', runtime.name, runtime.device),
      ...(runtime.fallbacks ?? []).map((sentence) => plainText(sentence, longestFallback)),
    ].join('\n'),
  );
}

function statusText(runs: readonly RunEntry[]): string {
  const [run] = runs;
  if (!run || runs.length > 1) return vscode.l10n.t('{0} runs', runs.length);
  if (run.job?.cancelling) return vscode.l10n.t('cancelling');
  const progress = progressOfRun(run);
  return progress ? progressText(progress) : vscode.l10n.t('starting');
}
