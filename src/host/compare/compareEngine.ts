/** Asks an engine process of its own to compare, or what measures there are. */
import type * as vscode from 'vscode';
import type { CompareRequest, CompareResult, MeasureDescription } from '../../protocol/compare';
import { type CompareParams, engineMethods, type MeasuresReply } from '../../protocol/engine';
import type { Progress } from '../../protocol/progress';
import type { EngineRun } from '../engine/engineRun';
import { measureText } from '../ui/coreWords';

/** Images of the first, coarse result: a second of work, and within a few hundredths of the value on all of them. */
const coarseLimit = 64;

export interface CompareListener {
  progress(progress: Progress): void;
  /** The result on a part of the images. */
  coarse(result: CompareResult): void;
}

export class CompareEngine {
  private known: Promise<MeasuresReply> | undefined;

  constructor(
    private readonly file: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Starts the comparison: on few images first, then on all that `settings` asks for. */
  async compare(
    settings: CompareRequest,
    workspace: string,
    listener: CompareListener,
  ): Promise<EngineRun<CompareResult>> {
    const limit = Math.min(coarseLimit, settings.limit ?? coarseLimit);
    const params: CompareParams[] = [
      { settings: { ...settings, limit }, workspace },
      { settings, workspace },
    ];
    const { startEngineWork } = await import('../engine/engineRun');
    return startEngineWork<CompareResult>(
      { file: this.file },
      params.map((one) => ({ method: engineMethods.compare, params: one })),
      {
        progress: (progress) => listener.progress(progress),
        line: (line) => this.log.info(`[compare] ${line}`),
      },
      (result) => listener.coarse(result),
    );
  }

  /** All measures; empty when the engine cannot tell, which the log explains. */
  async measures(): Promise<readonly MeasureDescription[]> {
    this.known ??= this.askMeasures();
    const measures = await this.known;
    if (measures.length === 0) this.known = undefined;
    return measures;
  }

  private async askMeasures(): Promise<MeasuresReply> {
    const { startEngineWork } = await import('../engine/engineRun');
    const run = startEngineWork<MeasuresReply>(
      { file: this.file },
      [{ method: engineMethods.measures, params: {} }],
      {
        line: (line) => this.log.info(`[measures] ${line}`),
      },
    );
    const outcome = await run.outcome;
    if (outcome.kind === 'finished') return outcome.result.map(inLanguage);
    this.log.error(`The engine did not tell its measures: ${JSON.stringify(outcome)}`);
    return [];
  }
}

function inLanguage(measure: MeasureDescription): MeasureDescription {
  return { ...measure, name: measureText(measure.name), explanation: measureText(measure.explanation) };
}
