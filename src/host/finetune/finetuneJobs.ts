/** The runs that this window has started or resumed and that go on. */
import * as vscode from 'vscode';
import type { FinetuneParams } from '../../protocol/engine';
import type { EngineOutcome } from '../engine/engineRun';
import type { FailureAction, Failures } from '../ui/failures';
import { FinetuneJob, type ResumableRun } from './finetuneJob';

export class FinetuneJobs implements vscode.Disposable {
  private readonly running = new Set<FinetuneJob>();
  private readonly changed = new vscode.EventEmitter<FinetuneJob>();
  /** A job began, went on or ended. */
  readonly onDidChange = this.changed.event;
  private readonly finished = new vscode.EventEmitter<FinetuneJob>();
  readonly onDidFinish = this.finished.event;
  private count = 0;

  constructor(
    private readonly engineFile: string,
    private readonly log: vscode.LogOutputChannel,
    private readonly failures: Failures,
  ) {}

  /** Those that go on, the oldest first. */
  get all(): readonly FinetuneJob[] {
    return [...this.running];
  }

  /** Starts a run; what becomes of it is told by its events, and by a message if it fails. */
  start(params: FinetuneParams): FinetuneJob {
    return this.add(new FinetuneJob(++this.count, params));
  }

  /** Goes on with a run, with its own settings; gives the job that is at it already, if this window has one. */
  resume(run: ResumableRun, params: FinetuneParams): FinetuneJob {
    const present = this.all.find(({ folder }) => folder === run.folder);
    return present ?? this.add(new FinetuneJob(++this.count, params, run));
  }

  private add(job: FinetuneJob): FinetuneJob {
    this.running.add(job);
    job.onDidChange(() => this.changed.fire(job));
    this.changed.fire(job);
    this.failures.guard(() => this.follow(job));
    return job;
  }

  private async follow(job: FinetuneJob): Promise<void> {
    try {
      this.report(job, await job.start(this.engineFile, this.log));
      if (job.outcome?.kind === 'cancelled' && job.outcome.killed && job.folder) {
        const { appendCancelled } = await import('../runs/appendCancelled');
        await appendCancelled(job.folder);
      }
    } finally {
      this.running.delete(job);
      job.end();
    }
  }

  private report(job: FinetuneJob, outcome: EngineOutcome): void {
    switch (outcome.kind) {
      case 'finished':
        this.log.info(`[${job.name}] finished: ${outcome.result.run}`);
        this.finished.fire(job);
        return;
      case 'cancelled':
        this.log.info(`[${job.name}] cancelled${outcome.killed ? ', its process killed' : ''}`);
        return;
      case 'failed':
        this.failures.show(`${job.name}: ${outcome.message}`);
        return;
      case 'died':
        this.log.error(
          [`[${job.name}] the engine process ended: ${outcome.how}`, ...outcome.lines].join('\n  '),
        );
        this.failures.show(
          vscode.l10n.t(
            'The engine stopped unexpectedly ({0}) during "{1}"; what the run has written is kept.',
            outcome.how,
            job.name,
          ),
          resumeAction(job),
        );
        return;
      default:
        outcome satisfies never;
    }
  }

  dispose(): void {
    // The processes go on without this window and finish their runs.
    this.changed.dispose();
    this.finished.dispose();
    for (const job of this.running) job.dispose();
  }
}

/** What the message about a dead engine offers, where there is something to go on with. */
function resumeAction({ folder, name }: FinetuneJob): FailureAction | undefined {
  if (!folder) return undefined;
  return {
    title: vscode.l10n.t('Resume'),
    run: () => vscode.commands.executeCommand('repsim.resumeRun', { folder, name }),
  };
}
