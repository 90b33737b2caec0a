/** The feature "finetune": the commands that start a run, and the word at its end. */
import * as vscode from 'vscode';
import type { Failures } from '../ui/failures';
import { plainText } from '../ui/plainText';
import type { FinetuneJob } from './finetuneJob';
import type { FinetuneJobs } from './finetuneJobs';

export function registerFinetune(
  context: vscode.ExtensionContext,
  jobs: FinetuneJobs,
  failures: Failures,
): vscode.Disposable {
  /** Loaded with the first command. */
  const commands = () => import('./finetuneCommands');
  return vscode.Disposable.from(
    failures.command('repsim.finetune', async (target, images) =>
      (await commands()).finetune(context, jobs, target, images),
    ),
    failures.command('repsim.finetuneSample', async () => (await commands()).finetuneSample(context, jobs)),
    failures.command('repsim.finetuneFromFile', async (uri) =>
      (await commands()).finetuneFromFile(jobs, uri),
    ),
    jobs.onDidFinish(tellResult),
  );
}

function tellResult(job: FinetuneJob): void {
  if (job.outcome?.kind !== 'finished') return;
  const { run, test } = job.outcome.result;
  const openDrift = vscode.l10n.t('Open Drift');
  const name = plainText(job.name);
  const sentence =
    test.accuracy === null
      ? vscode.l10n.t('"{0}" is finished.', name)
      : vscode.l10n.t(
          '"{0}" is finished: accuracy {1} % on test images.',
          name,
          (test.accuracy * 100).toFixed(1),
        );
  vscode.window.showInformationMessage(sentence, openDrift).then((chosen) => {
    if (chosen !== openDrift) return;
    const entry = { folder: run, name: job.name, summary: undefined, job: undefined };
    vscode.commands.executeCommand('repsim.openDrift', entry);
  });
}
