/** Keeps the status bar told of the runs that go on, and of what runs and settings compute with. */
import * as vscode from 'vscode';
import type { FinetuneJob } from '../finetune/finetuneJob';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import { progressText } from '../runs/progressText';
import { plainText } from './plainText';
import type { StatusBar } from './statusBar';

/** What ran elsewhere than asked is told in whole sentences. */
const longestFallback = 300;

export function followRuns(jobs: FinetuneJobs, status: StatusBar): vscode.Disposable {
  const showSetting = () => {
    const runtime = vscode.workspace.getConfiguration('repsim').get<string>('runtime', 'auto');
    // What "auto" comes to is known once something has run.
    if (runtime !== 'auto') status.setRuntime(runtime);
  };
  showSetting();
  return vscode.Disposable.from(
    jobs.onDidChange(() => {
      const { all } = jobs;
      const lines = all.map((job) => `${job.name}: ${statusText([job])}`);
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

function statusText(jobs: readonly FinetuneJob[]): string {
  const [job] = jobs;
  if (!job || jobs.length > 1) return vscode.l10n.t('{0} runs', jobs.length);
  if (job.cancelling) return vscode.l10n.t('cancelling');
  return job.progress ? progressText(job.progress) : vscode.l10n.t('starting');
}
