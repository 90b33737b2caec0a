/** Asks an engine process of its own about runtimes. */
import * as vscode from 'vscode';
import {
  engineMethods,
  type LinkPythonParams,
  type LinkPythonReply,
  type RuntimesParams,
  type RuntimesReply,
} from '../../protocol/engine';
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
    return this.ask<LinkPythonReply>(engineMethods.linkPython, params, token, stage);
  }

  private async ask<Reply>(
    method: string,
    params: object,
    token: vscode.CancellationToken,
    stage: (stage: string) => void = () => undefined,
  ): Promise<Reply | undefined> {
    const { startEngineWork } = await import('../engine/engineRun');
    const run = startEngineWork<Reply>({ file: this.file }, [{ method, params }], {
      progress: (progress) => stage(progress.stage),
      runChanged: () => undefined,
      line: (line) => this.log.info(`[runtimes] ${line}`),
    });
    const subscription = token.onCancellationRequested(() => run.cancel());
    try {
      const outcome = await run.outcome;
      switch (outcome.kind) {
        case 'finished':
          return outcome.result;
        case 'cancelled':
          return undefined;
        case 'failed':
          throw new HostError(outcome.message);
        case 'died':
          throw new HostError(
            vscode.l10n.t('The engine stopped unexpectedly ({0}); the log has its last words.', outcome.how),
          );
      }
    } finally {
      subscription.dispose();
    }
  }
}
