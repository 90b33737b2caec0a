/** A checkpoint that is looked at: what the engine tells of its file, read again whenever the file changes. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type {
  CheckpointContents,
  CheckpointSnapshot,
  StatisticsSnapshot,
} from '../../protocol/checkpointPreview';
import {
  engineMethods,
  type InspectCheckpointParams,
  type InspectCheckpointReply,
  type ProgressMessage,
  type TensorStatisticsParams,
  type TensorStatisticsReply,
} from '../../protocol/engine';
import { rateLimit } from '../../protocol/rateLimit';
import { engineDeath } from '../engine/engineDeath';
import type { EngineOutcome, EngineRun } from '../engine/engineRun';

/** A file that is being written is not read at every piece that arrives. */
const changeInterval = 1000;

export class CheckpointDocument implements vscode.CustomDocument {
  /** The folder that a model can be built from; undefined without a config.json. */
  model: string | undefined;
  contents: CheckpointContents | undefined;
  message: string | undefined;
  reading = true;
  statistics: StatisticsSnapshot | undefined;
  private readonly changed = new vscode.EventEmitter<'contents' | 'statistics'>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[] = [this.changed];
  private readonly readSoon = rateLimit<void>(changeInterval, () => this.read());
  private computing: EngineRun<TensorStatisticsReply> | undefined;
  /** Each question ends those before it, and of several readings only the last one counts. */
  private asked = 0;
  private reads = 0;

  constructor(
    readonly uri: vscode.Uri,
    private readonly engine: string,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const folder = vscode.Uri.joinPath(uri, '..');
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, '{*.safetensors,*.safetensors.index.json,config.json}'),
    );
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) {
      this.subscriptions.push(event(() => this.readSoon()));
    }
    this.subscriptions.push(watcher);
    this.readSoon();
  }

  snapshot(): CheckpointSnapshot {
    const { contents, message } = this;
    return {
      type: 'contents',
      name: path.basename(this.uri.path),
      folder: vscode.workspace.asRelativePath(vscode.Uri.joinPath(this.uri, '..')),
      state: this.reading ? 'reading' : message === undefined ? 'done' : 'failed',
      model: this.model !== undefined,
      ...(contents && { contents }),
      ...(message !== undefined && { message }),
    };
  }

  /** Computes the statistics of the tensors at these places of the list, instead of what is being computed. */
  async compute(row: string, tensors: number[]): Promise<void> {
    const { contents } = this;
    if (!contents) return;
    this.computing?.cancel();
    const asked = ++this.asked;
    const tell = (state: Omit<StatisticsSnapshot, 'type' | 'row'>) => {
      if (asked !== this.asked) return;
      this.statistics = { type: 'statistics', row, ...state };
      this.changed.fire('statistics');
    };
    tell({ state: 'computing', done: 0 });
    const params: TensorStatisticsParams = { ...this.place(), tensors, stamp: contents.stamp };
    const run = await this.ask<TensorStatisticsReply>(
      engineMethods.tensorStatistics,
      params,
      ({ done, total }) => tell({ state: 'computing', done: total > 0 ? done / total : 0 }),
    );
    if (asked !== this.asked) return run.cancel();
    this.computing = run;
    const outcome = await run.outcome;
    if (outcome.kind === 'finished') tell({ state: 'done', done: 1, result: outcome.result });
    else if (outcome.kind === 'cancelled') tell({ state: 'cancelled', done: 0 });
    else tell({ state: 'failed', done: 0, message: sentenceOf(outcome) });
  }

  cancel(): void {
    this.computing?.cancel();
  }

  dispose(): void {
    this.asked++;
    this.computing?.cancel();
    this.readSoon.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async read(): Promise<void> {
    const read = ++this.reads;
    const folder = path.dirname(this.uri.fsPath);
    const config = await stat(path.join(folder, 'config.json')).catch(() => undefined);
    const found = await this.inspect();
    if (read !== this.reads) return;
    const { contents, message } = found;
    if (contents?.stamp !== this.contents?.stamp && this.statistics) {
      this.computing?.cancel();
      this.asked++;
      this.statistics = undefined;
    }
    this.model = config?.isFile() ? folder : undefined;
    this.reading = false;
    this.contents = contents;
    this.message = message;
    this.changed.fire('contents');
  }

  private async inspect(): Promise<{ contents?: CheckpointContents; message?: string }> {
    if (this.uri.scheme !== 'file') {
      return {
        message: vscode.l10n.t('Only files on disk can be previewed: copy this one to the disk first.'),
      };
    }
    const params: InspectCheckpointParams = this.place();
    const run = await this.ask<InspectCheckpointReply>(engineMethods.inspectCheckpoint, params);
    const outcome = await run.outcome;
    return outcome.kind === 'finished' ? { contents: outcome.result } : { message: sentenceOf(outcome) };
  }

  private place() {
    const workspace = vscode.workspace.getWorkspaceFolder(this.uri)?.uri.fsPath;
    return { file: this.uri.fsPath, workspace: workspace ?? path.dirname(this.uri.fsPath) };
  }

  private async ask<Reply>(
    method: string,
    params: object,
    progress: (progress: ProgressMessage) => void = () => undefined,
  ): Promise<EngineRun<Reply>> {
    // A process a question: it answers within a sixth of a second, and none stays for a file that is only open.
    const { startEngineWork } = await import('../engine/engineRun');
    return startEngineWork<Reply>({ file: this.engine }, [{ method, params }], {
      progress,
      line: (line) => this.log.info(`[checkpoint] ${line}`),
    });
  }
}

function sentenceOf(outcome: Exclude<EngineOutcome<unknown>, { kind: 'finished' }>): string {
  switch (outcome.kind) {
    case 'failed':
      return outcome.message;
    case 'cancelled':
      return vscode.l10n.t('Reading the file was cancelled.');
    case 'died':
      return engineDeath(outcome.how);
  }
}
