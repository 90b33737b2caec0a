/** A data set that is looked at: what an engine process of its own tells of it. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { DataChoice, DataSnapshot } from '../../protocol/dataPanel';
import { engineMethods, type InspectDataParams, type InspectDataReply } from '../../protocol/engine';
import { engineDeath } from '../engine/engineDeath';
import type { EngineRun } from '../engine/engineRun';
import { requireTrust } from '../ui/trust';

export class DataPreview implements vscode.Disposable {
  private state: Pick<DataSnapshot, 'state' | 'progress' | 'message' | 'result'> = { state: 'cancelled' };
  private run: EngineRun<InspectDataReply> | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(
    readonly choice: DataChoice,
    private readonly engine: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get name(): string {
    return path.basename(this.choice.data);
  }

  snapshot(): DataSnapshot {
    const { checkpoint } = this.choice;
    return {
      type: 'data',
      choice: this.choice,
      name: this.name,
      ...(checkpoint !== undefined && { checkpointName: path.basename(checkpoint) }),
      ...this.state,
    };
  }

  /** Reads the data anew; not while it is being read. Throws a HostError where the workspace is not trusted. */
  async read(): Promise<void> {
    if (this.run) return;
    requireTrust();
    this.set({ state: 'reading' });
    const { startEngineWork } = await import('../engine/engineRun');
    const params: InspectDataParams = { ...this.choice, workspace: path.dirname(this.choice.data) };
    const run = startEngineWork<InspectDataReply>(
      { file: this.engine },
      [{ method: engineMethods.inspectData, params }],
      {
        progress: (progress) => this.set({ state: 'reading', progress }),
        line: (line) => this.log.info(`[data] ${line}`),
      },
    );
    this.run = run;
    const outcome = await run.outcome;
    this.run = undefined;
    switch (outcome.kind) {
      case 'finished':
        return this.set({ state: 'done', result: outcome.result });
      case 'cancelled':
        return this.set({ state: 'cancelled' });
      case 'failed':
        return this.set({ state: 'failed', message: outcome.message });
      case 'died':
        return this.set({
          state: 'failed',
          message: engineDeath(outcome.how),
        });
    }
  }

  cancel(): void {
    this.run?.cancel();
  }

  dispose(): void {
    this.run?.cancel();
    this.changed.dispose();
  }

  private set(state: typeof this.state): void {
    this.state = state;
    this.changed.fire();
  }
}
