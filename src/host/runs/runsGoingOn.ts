/** The runs that go on, whoever works on them: this window, the window that it was before it was loaded again, another one, a terminal. */
import * as vscode from 'vscode';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import type { Failures } from '../ui/failures';
import { entryOf } from './runCommands';
import { goesOn } from './runState';
import type { RunEntry, RunsStore } from './runsStore';

export class RunsGoingOn implements vscode.Disposable {
  private others: readonly RunEntry[] = [];
  private looks = 0;
  private readonly changed = new vscode.EventEmitter<void>();
  /** One began, went on or ended. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  constructor(
    private readonly jobs: FinetuneJobs,
    private readonly store: RunsStore,
    failures: Failures,
  ) {
    const look = () => failures.quietly(() => this.lookForOthers());
    this.subscriptions = [jobs.onDidChange(() => this.changed.fire()), store.onDidChangeList(look)];
    look();
  }

  /** Those of this window first. */
  get all(): readonly RunEntry[] {
    const own = this.jobs.all;
    // One of the others may have been resumed here since the last look.
    const others = this.others.filter(({ folder }) => !own.some((job) => job.folder === folder));
    return [...own.map(entryOf), ...others];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }

  private async lookForOthers(): Promise<void> {
    const look = ++this.looks;
    const others = (await this.store.list()).filter((run) => !run.job && goesOn(run));
    // A later look knows better.
    if (look !== this.looks) return;
    this.others = others;
    this.changed.fire();
  }
}
