/** Asks an engine process of its own about runtimes. */
import type * as vscode from 'vscode';
import {
  engineMethods,
  type InstallRuntimeParams,
  type InstallRuntimeReply,
  type LinkPythonParams,
  type LinkPythonReply,
  type ProgressMessage,
  type RemoveRuntimeParams,
  type RemoveRuntimeReply,
  type RuntimesParams,
  type RuntimesReply,
} from '../../protocol/engine';
import { engineDeath } from '../engine/engineDeath';
import { HostError } from '../ui/failures';

export class RuntimeEngine {
  constructor(
    private readonly file: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Undefined when it was cancelled; throws a HostError when there is no answer. */
  runtimes(refresh: boolean, token: vscode.CancellationToken): Promise<RuntimesReply | undefined> {
    const params: RuntimesParams = { workspace: '', refresh };
    return this.ask<RuntimesReply>(engineMethods.runtimes, params, token);
  }

  linkPython(
    python: string,
    token: vscode.CancellationToken,
    stage: (stage: string) => void,
  ): Promise<LinkPythonReply | undefined> {
    const params: LinkPythonParams = { workspace: '', python };
    return this.ask<LinkPythonReply>(engineMethods.linkPython, params, token, (progress) =>
      stage(progress.stage),
    );
  }

  installRuntime(
    id: string,
    file: string | undefined,
    token: vscode.CancellationToken,
    progress: (progress: ProgressMessage) => void,
  ): Promise<InstallRuntimeReply | undefined> {
    const params: InstallRuntimeParams = { workspace: '', id, ...(file !== undefined && { file }) };
    return this.ask<InstallRuntimeReply>(engineMethods.installRuntime, params, token, progress);
  }

  removeRuntime(id: string): Promise<RemoveRuntimeReply | undefined> {
    const params: RemoveRuntimeParams = { workspace: '', id };
    return this.ask<RemoveRuntimeReply>(engineMethods.removeRuntime, params);
  }

  private async ask<Reply>(
    method: string,
    params: object,
    token?: vscode.CancellationToken,
    progress: (progress: ProgressMessage) => void = () => undefined,
  ): Promise<Reply | undefined> {
    const { startEngineWork } = await import('../engine/engineRun');
    const run = startEngineWork<Reply>({ file: this.file }, [{ method, params }], {
      progress,
      line: (line) => this.log.info(`[runtimes] ${line}`),
    });
    const subscription = token?.onCancellationRequested(() => run.cancel());
    try {
      const outcome = await run.outcome;
      if (outcome.kind === 'finished') return outcome.result;
      if (outcome.kind === 'cancelled') return undefined;
      throw new HostError(outcome.kind === 'failed' ? outcome.message : engineDeath(outcome.how));
    } finally {
      subscription?.dispose();
    }
  }
}
