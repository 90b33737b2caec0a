/** The landscape and the sharpness of some models as a panel shows them: what was chosen, how far the work is, what came out. */

import * as vscode from 'vscode';
import { baseName } from '../../protocol/baseName';
import { engineMethods } from '../../protocol/engine';
import type { LandscapeAxes, LandscapeResult } from '../../protocol/landscape';
import type { AnalysisState, LandscapeChoice, LandscapeSnapshot } from '../../protocol/landscapePanel';
import type { Progress } from '../../protocol/progress';
import type { SharpnessResult } from '../../protocol/sharpness';
import { computeSettings } from '../engine/computeSettings';
import { engineDeath } from '../engine/engineDeath';
import type { EngineEvents, EngineOutcome, EngineRequest, EngineRun } from '../engine/engineRun';
import { type Failures, HostError } from '../ui/failures';
import { analysisFolder } from '../ui/foldersOnDisk';
import { requireTrust } from '../ui/trust';
import { analysedModel } from './analysedModel';
import { keptLandscape, keptSharpness } from './keptAnalyses';

interface Part {
  state: AnalysisState;
  progress?: Progress | undefined;
  message?: string | undefined;
}

export interface AnalysisPlace {
  /** File of the engine process. */
  readonly engine: string;
  readonly log: vscode.LogOutputChannel;
  readonly failures: Failures;
  readonly context: vscode.ExtensionContext;
}

export class LandscapeAnalysis implements vscode.Disposable {
  names: readonly string[];
  private readonly landscape: Part & { result?: LandscapeResult | undefined } = { state: 'ready' };
  private readonly sharpness: Part & { results: (SharpnessResult | null)[] };
  private run: EngineRun<unknown> | undefined;
  /** Counts what was begun, so that what an abandoned engine still says is not heard. */
  private generation = 0;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly place: AnalysisPlace,
    public choice: LandscapeChoice,
  ) {
    this.names = choice.checkpoints.map(baseName);
    this.sharpness = { state: 'ready', results: choice.checkpoints.map(() => null) };
  }

  snapshot(): LandscapeSnapshot {
    const { choice, names, landscape, sharpness } = this;
    return { type: 'snapshot', names: [...names], choice, landscape, sharpness };
  }

  /** What is being computed; undefined while nothing is. */
  get working(): Progress | undefined {
    const part = [this.landscape, this.sharpness].find(({ state }) => state === 'computing');
    return part && (part.progress ?? { stage: vscode.l10n.t('starting'), done: 0, total: 0 });
  }

  /** Shows what was computed before, without computing anything. */
  async load(): Promise<void> {
    const { choice } = this;
    const workspace = analysisFolder(this.place.context);
    const models = await Promise.all(choice.checkpoints.map(analysedModel));
    this.names = models.map(({ name }) => name);
    const [landscape, sharpness] = [
      await keptLandscape(choice, workspace),
      await keptSharpness(choice, workspace),
    ];
    if (this.working || choice !== this.choice) return;
    this.landscape.result = landscape;
    become(this.landscape, landscape === undefined ? 'ready' : 'done');
    this.sharpness.results = sharpness;
    become(this.sharpness, sharpness.includes(null) ? 'ready' : 'done');
    this.changed.fire();
  }

  /** Looks at another slice or plane through the same models: shown if it was computed before. */
  async choose(dims: 1 | 2, axes: LandscapeAxes): Promise<void> {
    if (dims === this.choice.dims && axes === this.choice.axes) return this.changed.fire();
    this.refuseWhileWorking();
    this.choice = { ...this.choice, dims, axes };
    await this.load();
  }

  async compute(): Promise<void> {
    if (this.landscape.state === 'done') return;
    const { checkpoints, data, dims, axes } = this.choice;
    const settings = { ...analysisSettings(), checkpoints, data, dims, axes };
    const request = {
      method: engineMethods.landscape,
      params: { settings, workspace: analysisFolder(this.place.context) },
    };
    await this.perform<LandscapeResult>(this.landscape, [request], (result) => {
      this.landscape.result = result;
    });
  }

  async measure(): Promise<void> {
    const missing = this.choice.checkpoints.flatMap((checkpoint, i) =>
      this.sharpness.results[i] === null ? [{ checkpoint, i }] : [],
    );
    if (missing.length === 0) return;
    const models = await Promise.all(this.choice.checkpoints.map(analysedModel));
    const requests = missing.map(({ checkpoint, i }) => {
      // A run has its own images; what has none is measured on those of the first model.
      const data = this.choice.data ?? (models[i].run === undefined ? models[0].data : undefined);
      const settings = { ...analysisSettings(), checkpoint, data };
      return {
        method: engineMethods.sharpness,
        params: { settings, workspace: analysisFolder(this.place.context) },
      };
    });
    let next = 0;
    await this.perform<SharpnessResult>(this.sharpness, requests, (result) => {
      this.sharpness.results[missing[next++].i] = result;
    });
  }

  cancel(): void {
    if (!this.working) return;
    this.abandon();
    for (const part of [this.landscape, this.sharpness]) {
      if (part.state === 'computing') become(part, 'cancelled');
    }
    this.changed.fire();
  }

  dispose(): void {
    this.abandon();
    this.changed.dispose();
  }

  /** Makes the requests one after the other; `take` gets their results and, of a landscape, what is known meanwhile. */
  private async perform<Result>(
    part: Part,
    requests: readonly EngineRequest[],
    take: (result: Result) => void,
  ): Promise<void> {
    requireTrust();
    this.refuseWhileWorking();
    const generation = ++this.generation;
    const current = () => generation === this.generation;
    const heard = (hear: () => void) => {
      if (!current()) return;
      hear();
      this.changed.fire();
    };
    become(part, 'computing');
    this.changed.fire();
    const events: EngineEvents = {
      progress: (progress) =>
        heard(() => {
          part.progress = progress;
        }),
      landscapeChanged: ({ result }) =>
        heard(() => {
          this.landscape.result = result;
        }),
      line: (line) => this.place.log.info(`[landscape] ${line}`),
    };
    // Loaded here and not at activation: only who computes pays for it.
    const { startEngineWork } = await import('../engine/engineRun');
    if (!current()) return;
    const run = startEngineWork<Result>({ file: this.place.engine }, requests, events, (result) =>
      heard(() => take(result)),
    );
    this.run = run;
    const outcome = await run.outcome;
    if (!current()) return;
    this.run = undefined;
    if (outcome.kind === 'finished') {
      take(outcome.result);
      become(part, 'done');
    } else {
      this.fail(part, outcome);
    }
    this.changed.fire();
  }

  private fail(part: Part, outcome: Exclude<EngineOutcome<unknown>, { kind: 'finished' }>): void {
    if (outcome.kind === 'cancelled') {
      become(part, 'cancelled');
      return;
    }
    if (outcome.kind === 'died') {
      this.place.failures.log([`The engine process ended: ${outcome.how}`, ...outcome.lines].join('\n  '));
    }
    const message = outcome.kind === 'failed' ? outcome.message : engineDeath(outcome.how);
    this.place.failures.log(message);
    become(part, 'failed');
    part.message = message;
  }

  private refuseWhileWorking(): void {
    if (!this.working) return;
    throw new HostError(
      vscode.l10n.t('An analysis is under way in this panel: cancel it, or wait for its end.'),
    );
  }

  private abandon(): void {
    this.generation++;
    this.run?.cancel();
    this.run = undefined;
  }
}

function analysisSettings() {
  const limit = vscode.workspace.getConfiguration('repsim').get<number>('analysisImages', 512);
  return { ...computeSettings(), limit };
}

function become(part: Part, state: AnalysisState): void {
  part.state = state;
  part.progress = undefined;
  part.message = undefined;
}
