/** A run that this window has started or resumed: its engine process, how far it is, and how it ended. */
import * as vscode from 'vscode';
import { engineMethods, type FinetuneParams, type FinetuneReply } from '../../protocol/engine';
import type { Progress } from '../../protocol/progress';
import type { EngineOutcome, EngineRun } from '../engine/engineRun';
import { runName } from '../runs/runName';

/** A run that did not come to its end. */
export interface ResumableRun {
  readonly folder: string;
  readonly name: string;
}

export class FinetuneJob implements vscode.Disposable {
  readonly name: string;
  /** Folder of the run; undefined until the engine has made it. */
  folder: string | undefined;
  progress: Progress | undefined;
  /** Undefined as long as it goes on. */
  outcome: EngineOutcome | undefined;
  cancelling = false;
  private run: EngineRun | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  /** Progress, a folder, files written in it, or the end. */
  readonly onDidChange = this.changed.event;

  /** `resumes`: the run that is gone on with, whose settings are in `params`. */
  constructor(
    readonly id: number,
    readonly params: FinetuneParams,
    private readonly resumes?: ResumableRun,
  ) {
    this.name = resumes?.name ?? runName(params.settings);
    this.folder = resumes?.folder;
  }

  /** Starts the process and resolves with how the run ended. */
  async start(engineFile: string, log: vscode.LogOutputChannel): Promise<EngineOutcome> {
    // Loaded here and not at activation: only who finetunes pays for it.
    const { startEngineWork } = await import('../engine/engineRun');
    const { workspace } = this.params;
    const request = this.resumes
      ? { method: engineMethods.resume, params: { run: this.resumes.folder, workspace } }
      : { method: engineMethods.finetune, params: this.params };
    this.run = startEngineWork<FinetuneReply>({ file: engineFile }, [request], {
      progress: (progress) => {
        this.progress = progress;
        this.changed.fire();
      },
      runChanged: (folder) => {
        this.folder = folder;
        this.changed.fire();
      },
      line: (line) => log.info(`[${this.name}] ${line}`),
    });
    log.info(`[${this.name}] engine process ${this.run.pid} started`);
    if (this.cancelling) this.run.cancel();
    this.outcome = await this.run.outcome;
    if (this.outcome.kind === 'finished') this.folder = this.outcome.result.run;
    return this.outcome;
  }

  /** Tells that the job has ended, once what belongs to the end has been done. */
  end(): void {
    this.changed.fire();
    this.dispose();
  }

  cancel(): void {
    if (this.cancelling || this.outcome) return;
    this.cancelling = true;
    this.run?.cancel();
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}
