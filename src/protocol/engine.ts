/**
 * Requests that the host (or a test) makes of the engine process over its IPC channel, as vscode-jsonrpc messages.
 * A request is answered by its result or by an error reply; cancelling the request's token cancels the work; `progress`,
 * `runChanged` and `landscapeChanged` are notifications from the engine, at most four of each a second, the newest always sent.
 */
import type {
  CheckpointContents,
  InspectCheckpointParams,
  TensorStatistics,
  TensorStatisticsParams,
} from './checkpointPreview';
import type { CompareRequest, CompareResult, MeasureDescription } from './compare';
import type { InspectDataParams, InspectDataReply } from './dataPanel';
import type { LandscapeRequest, LandscapeResult } from './landscape';
import type { Progress } from './progress';
import type { FinetuneResult } from './runs';
import type { RuntimeReport, RuntimesReport } from './runtime';
import type { FinetuneRequest } from './settings';
import type { SharpnessRequest, SharpnessResult } from './sharpness';

export const engineMethods = {
  /** FinetuneParams -> FinetuneReply */
  finetune: 'repsim/finetune',
  /** ResumeParams -> FinetuneReply */
  resume: 'repsim/resume',
  /** CompareParams -> CompareReply */
  compare: 'repsim/compare',
  /** nothing -> MeasuresReply */
  measures: 'repsim/measures',
  /** SharpnessParams -> SharpnessReply */
  sharpness: 'repsim/sharpness',
  /** LandscapeParams -> LandscapeReply */
  landscape: 'repsim/landscape',
  /** InspectCheckpointParams -> InspectCheckpointReply */
  inspectCheckpoint: 'repsim/inspectCheckpoint',
  /** TensorStatisticsParams -> TensorStatisticsReply */
  tensorStatistics: 'repsim/tensorStatistics',
  /** RuntimesParams -> RuntimesReply */
  runtimes: 'repsim/runtimes',
  /** LinkPythonParams -> LinkPythonReply */
  linkPython: 'repsim/linkPython',
  /** InstallRuntimeParams -> InstallRuntimeReply */
  installRuntime: 'repsim/installRuntime',
  /** RemoveRuntimeParams -> RemoveRuntimeReply */
  removeRuntime: 'repsim/removeRuntime',
  /** InspectDataParams -> InspectDataReply */
  inspectData: 'repsim/inspectData',
  /** LandscapeMessage */
  landscapeChanged: 'repsim/landscapeChanged',
  /** ProgressMessage */
  progress: 'repsim/progress',
  /** RunChangedMessage */
  runChanged: 'repsim/runChanged',
} as const;

export interface FinetuneParams {
  readonly settings: FinetuneRequest;
  /** Folder that relative paths start from and that holds `.repsim`. */
  readonly workspace: string;
}
export type FinetuneReply = FinetuneResult;

/** Goes on with a run that did not come to its end, from its last checkpoint and with its own settings. */
export interface ResumeParams {
  /** Folder of the run. */
  readonly run: string;
  readonly workspace: string;
}

export interface CompareParams {
  readonly settings: CompareRequest;
  /** Folder that relative paths start from and that holds `.repsim`. */
  readonly workspace: string;
}
export type CompareReply = CompareResult;

/** What can compute on this machine; what is not known yet is tried first. */
export interface RuntimesParams {
  readonly workspace: string;
  /** Try all again. */
  readonly refresh?: boolean;
}
export type RuntimesReply = RuntimesReport;

/** Makes the TensorFlow of a Python the runtime "tensorflow", and tries it. */
export interface LinkPythonParams {
  readonly workspace: string;
  /** The interpreter. */
  readonly python: string;
}
export type LinkPythonReply = RuntimeReport;

/** Fetches a runtime of the catalogue, or takes it from a file, and tries it. */
export interface InstallRuntimeParams {
  readonly workspace: string;
  /** Its name in the catalogue. */
  readonly id: string;
  /** The archive, downloaded before. */
  readonly file?: string;
}
/** Whether it works is part of the answer. */
export type InstallRuntimeReply = RuntimeReport;

export interface RemoveRuntimeParams {
  readonly workspace: string;
  readonly id: string;
}
export interface RemoveRuntimeReply {
  /** False when there was nothing to remove. */
  readonly removed: boolean;
}

/** All measures, in the order in which they are offered. */
export type MeasuresReply = readonly MeasureDescription[];

export interface SharpnessParams {
  readonly settings: SharpnessRequest;
  /** Folder that relative paths start from and that holds `.repsim`. */
  readonly workspace: string;
}
export type SharpnessReply = SharpnessResult;

export interface LandscapeParams {
  readonly settings: LandscapeRequest;
  /** Folder that relative paths start from and that holds `.repsim`. */
  readonly workspace: string;
}
export type LandscapeReply = LandscapeResult;

export type { InspectCheckpointParams, TensorStatisticsParams };
export type InspectCheckpointReply = CheckpointContents;
export type TensorStatisticsReply = TensorStatistics;

export type { InspectDataParams, InspectDataReply };

export type ProgressMessage = Progress;

/** The landscape that is being computed has more points: all that is known of it so far, with `complete` false. */
export interface LandscapeMessage {
  readonly result: LandscapeResult;
}

/** Something was appended to the run: read its files again. */
export interface RunChangedMessage {
  /** Folder of the run. */
  readonly run: string;
}

/** JSON-RPC error codes of the engine; the message of the error is a sentence for people. */
export const engineErrors = { workFailed: 1, cancelled: 2 } as const;

/** Milliseconds between two notifications of one kind. */
export const notificationInterval = 250;
