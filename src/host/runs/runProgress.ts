/** Where progress is seen: the bar of the Runs view and the one item in the status bar. */
import * as vscode from 'vscode';
import type { FinetuneJob } from '../finetune/finetuneJob';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import { plainText } from '../ui/plainText';
import { progressText } from './progressText';
import { runsView } from './runsTree';

const runningKey = 'repsim.running';

export class RunProgress implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly subscription: vscode.Disposable;
  /** Ends the bar of the view; undefined while nothing runs. */
  private endBar: (() => void) | undefined;

  constructor(private readonly jobs: FinetuneJobs) {
    this.item = vscode.window.createStatusBarItem('repsim.status', vscode.StatusBarAlignment.Left);
    this.item.name = 'RepSim';
    this.item.command = 'repsim.showRunActions';
    this.subscription = jobs.onDidChange(() => this.update());
  }

  private update(): void {
    const { all } = this.jobs;
    const running = all.length > 0;
    if (running !== (this.endBar !== undefined)) this.switchTo(running);
    if (!running) {
      this.item.hide();
      return;
    }
    this.item.text = `$(sync~spin) RepSim: ${statusText(all)}`;
    this.item.tooltip = tooltip(all);
    this.item.accessibilityInformation = { label: `RepSim: ${statusText(all)}`, role: 'button' };
    this.item.show();
  }

  private switchTo(running: boolean): void {
    vscode.commands.executeCommand('setContext', runningKey, running);
    if (!running) {
      this.endBar?.();
      this.endBar = undefined;
      return;
    }
    const end = new Promise<void>((resolve) => {
      this.endBar = resolve;
    });
    vscode.window.withProgress({ location: { viewId: runsView } }, () => end);
  }

  dispose(): void {
    this.endBar?.();
    this.subscription.dispose();
    this.item.dispose();
  }
}

function statusText(jobs: readonly FinetuneJob[]): string {
  const [job] = jobs;
  if (!job || jobs.length > 1) return vscode.l10n.t('{0} runs', jobs.length);
  if (job.cancelling) return vscode.l10n.t('cancelling');
  return job.progress ? progressText(job.progress) : vscode.l10n.t('starting');
}

function tooltip(jobs: readonly FinetuneJob[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: ['repsim.cancelRun', 'repsim.showLog'] };
  for (const job of jobs) {
    text.appendText(`${plainText(job.name)}: ${statusText([job])}`);
    text.appendMarkdown('\n\n');
  }
  const cancel = vscode.l10n.t('Cancel Run');
  const showLog = vscode.l10n.t('Show Log');
  text.appendMarkdown(`[${cancel}](command:repsim.cancelRun) · [${showLog}](command:repsim.showLog)`);
  return text;
}
