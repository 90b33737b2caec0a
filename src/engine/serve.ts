/** Answers the requests of `src/protocol/engine.ts` on a connection; what does the work is passed in. */
import { type CancellationToken, type MessageConnection, ResponseError } from 'vscode-jsonrpc/node';
import { isCancellation, UserError } from '../core/errors';
import { heedCancelFile } from '../core/runs/heedCancelFile';
import type { CompareRequest } from '../protocol/compare';
import {
  type CompareParams,
  type CompareReply,
  engineErrors,
  engineMethods,
  type FinetuneParams,
  type FinetuneReply,
  type InspectCheckpointParams,
  type InspectCheckpointReply,
  type InspectDataParams,
  type InspectDataReply,
  type InstallRuntimeParams,
  type InstallRuntimeReply,
  type LandscapeMessage,
  type LandscapeParams,
  type LandscapeReply,
  type LinkPythonParams,
  type LinkPythonReply,
  type MeasuresReply,
  notificationInterval,
  type RemoveRuntimeParams,
  type RemoveRuntimeReply,
  type ResumeParams,
  type RuntimesParams,
  type RuntimesReply,
  type SharpnessParams,
  type SharpnessReply,
  type TensorStatisticsParams,
  type TensorStatisticsReply,
} from '../protocol/engine';
import type { LandscapeRequest, LandscapeResult } from '../protocol/landscape';
import type { Progress, ReportProgress } from '../protocol/progress';
import { rateLimit } from '../protocol/rateLimit';
import type { FinetuneRequest } from '../protocol/settings';
import type { SharpnessRequest } from '../protocol/sharpness';

export interface WorkContext {
  readonly workspace: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
  readonly onRunChanged?: (run: string) => void;
  readonly onLandscapeChanged?: (result: LandscapeResult) => void;
}

/** The jobs of the engine, as `src/core` does them. */
export interface EngineWork {
  finetune(request: FinetuneRequest, context: WorkContext): Promise<FinetuneReply>;
  resume(run: string, context: WorkContext): Promise<FinetuneReply>;
  compare(request: CompareRequest, context: WorkContext): Promise<CompareReply>;
  sharpness(request: SharpnessRequest, context: WorkContext): Promise<SharpnessReply>;
  landscape(request: LandscapeRequest, context: WorkContext): Promise<LandscapeReply>;
  inspectCheckpoint(request: InspectCheckpointParams, context: WorkContext): Promise<InspectCheckpointReply>;
  tensorStatistics(request: TensorStatisticsParams, context: WorkContext): Promise<TensorStatisticsReply>;
  inspectData(request: InspectDataParams, context: WorkContext): Promise<InspectDataReply>;
  runtimes(request: RuntimesParams, context: WorkContext): Promise<RuntimesReply>;
  linkPython(request: LinkPythonParams, context: WorkContext): Promise<LinkPythonReply>;
  installRuntime(request: InstallRuntimeParams, context: WorkContext): Promise<InstallRuntimeReply>;
  removeRuntime(request: RemoveRuntimeParams, context: WorkContext): Promise<RemoveRuntimeReply>;
  measures(): Promise<MeasuresReply>;
}

export interface Served {
  /** Cancels what is being done. */
  cancel(): void;
  /** Resolves when no request is being worked on. */
  idle(): Promise<void>;
}

/** Serves `connection`. `loadWork` is called at the first request: nothing heavy is loaded before. */
export function serve(connection: MessageConnection, loadWork: () => Promise<EngineWork>): Served {
  const active = new Set<{ work: Promise<unknown>; abort: AbortController }>();

  /** Notifications are news for whoever listens; with the channel gone there is nobody to tell. */
  const notify = async (method: string, message: object) => {
    try {
      await connection.sendNotification(method, message);
    } catch {}
  };

  /** Does one job, with its news, and answers with its result or an error reply. */
  const perform = async (
    workspace: string,
    abort: AbortController,
    job: (work: EngineWork, context: WorkContext) => Promise<object>,
  ): Promise<object> => {
    const progress = rateLimit<Progress>(notificationInterval, (message) =>
      notify(engineMethods.progress, message),
    );
    const changed = rateLimit<string>(notificationInterval, (folder) =>
      notify(engineMethods.runChanged, { run: folder }),
    );
    const asked = heedCancelFile(() => abort.abort());
    const landscapeChanged = rateLimit<LandscapeMessage>(notificationInterval, (message) =>
      notify(engineMethods.landscapeChanged, message),
    );
    try {
      return await job(await loadWork(), {
        workspace,
        signal: abort.signal,
        onProgress: progress,
        onLandscapeChanged: (result) => landscapeChanged({ result }),
        onRunChanged: (folder) => {
          asked.watch(folder);
          changed(folder);
        },
      });
    } catch (error) {
      return errorReply(error, abort.signal);
    } finally {
      asked.stop();
      progress.dispose();
      landscapeChanged.dispose();
      changed.flush();
    }
  };

  const answer = <P extends { readonly workspace: string }>(
    method: string,
    job: (work: EngineWork, params: P, context: WorkContext) => Promise<object>,
  ) =>
    connection.onRequest(method, (params: P, token: CancellationToken) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const work = perform(params.workspace, abort, (loaded, context) => job(loaded, params, context));
      const entry = { work, abort };
      active.add(entry);
      return work.finally(() => active.delete(entry));
    });

  answer<FinetuneParams>(engineMethods.finetune, (work, { settings }, context) =>
    work.finetune(settings, context),
  );
  answer<ResumeParams>(engineMethods.resume, (work, { run: folder }, context) =>
    work.resume(folder, context),
  );
  answer<CompareParams>(engineMethods.compare, (work, { settings }, context) =>
    work.compare(settings, context),
  );
  answer<SharpnessParams>(engineMethods.sharpness, (work, { settings }, context) =>
    work.sharpness(settings, context),
  );
  answer<LandscapeParams>(engineMethods.landscape, (work, { settings }, context) =>
    work.landscape(settings, context),
  );
  answer<InspectCheckpointParams>(engineMethods.inspectCheckpoint, (work, params, context) =>
    work.inspectCheckpoint(params, context),
  );
  answer<TensorStatisticsParams>(engineMethods.tensorStatistics, (work, params, context) =>
    work.tensorStatistics(params, context),
  );
  answer<InspectDataParams>(engineMethods.inspectData, (work, params, context) =>
    work.inspectData(params, context),
  );
  answer<RuntimesParams>(engineMethods.runtimes, (work, params, context) => work.runtimes(params, context));
  answer<LinkPythonParams>(engineMethods.linkPython, (work, params, context) =>
    work.linkPython(params, context),
  );
  answer<InstallRuntimeParams>(engineMethods.installRuntime, (work, params, context) =>
    work.installRuntime(params, context),
  );
  answer<RemoveRuntimeParams>(engineMethods.removeRuntime, (work, params, context) =>
    work.removeRuntime(params, context),
  );
  connection.onRequest(engineMethods.measures, async () => (await loadWork()).measures());

  return {
    cancel() {
      for (const { abort } of active) abort.abort();
    },
    async idle() {
      while (active.size > 0) await Promise.allSettled([...active].map(({ work }) => work));
    },
  };
}

/** The error reply for what the work threw: sentences for people as they are, faults of the program with a stack in the log. */
function errorReply(error: unknown, signal: AbortSignal): ResponseError {
  if (isCancellation(error, signal))
    return new ResponseError(engineErrors.cancelled, 'The run was cancelled.');
  if (error instanceof UserError) return new ResponseError(engineErrors.workFailed, error.message);
  console.error(error);
  const what = error instanceof Error ? error.message : String(error);
  return new ResponseError(
    engineErrors.workFailed,
    `A fault in RepSim stopped the work (${what}); please report it with the log.`,
  );
}
