/** One comparison as a panel shows it: what was chosen, how far the work is, and what came out. */
import * as vscode from 'vscode';
import type { CompareResult } from '../../protocol/compare';
import type { CompareChoice, CompareState } from '../../protocol/comparePanel';
import type { Progress } from '../../protocol/progress';
import { computeSettings } from '../engine/computeSettings';
import { engineDeath } from '../engine/engineDeath';
import type { EngineOutcome, EngineRun } from '../engine/engineRun';
import type { Failures } from '../ui/failures';
import { analysisFolder } from '../ui/foldersOnDisk';
import { requireTrust } from '../ui/trust';
import type { CompareEngine } from './compareEngine';
import { imagesOf } from './compareSources';

export class Comparison implements vscode.Disposable {
  state: CompareState = 'incomplete';
  progress: Progress | undefined;
  message: string | undefined;
  result: CompareResult | undefined;
  coarse = false;
  private run: EngineRun<CompareResult> | undefined;
  /** Counts the runs, so that what an abandoned one still says is not heard. */
  private generation = 0;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly engine: CompareEngine,
    private readonly context: vscode.ExtensionContext,
    private readonly failures: Failures,
    public choice: CompareChoice,
  ) {}

  /** Takes another choice, and compares as soon as it is complete. */
  async choose(choice: CompareChoice): Promise<void> {
    const other = (['a', 'b', 'data', 'samples'] as const).some((name) => choice[name] !== this.choice[name]);
    const same = !other && choice.measures.join() === this.choice.measures.join();
    if (same && this.state !== 'incomplete') return this.changed.fire();
    this.abandon();
    this.choice = choice;
    if (other) this.result = undefined;
    await this.compare();
  }

  /** Takes over what another panel shows. */
  adopt(from: Comparison): void {
    this.choice = from.choice;
    if (from.state !== 'done') return;
    this.result = from.result;
    this.state = 'done';
  }

  async compare(): Promise<void> {
    this.abandon();
    const generation = this.generation;
    const images = await imagesOf(this.choice);
    if (generation !== this.generation) return;
    this.message = undefined;
    if (images === 'incomplete') return this.become('incomplete');
    this.become('ready');
    requireTrust();
    this.coarse = this.result !== undefined && this.coarse;
    this.become('computing');
    const { a, b, data, measures, samples } = this.choice;
    const settings = { a: a!, b: b!, ...(images === 'chosen' && { data: data! }), measures, samples };
    const current = () => generation === this.generation;
    const run = await this.engine.compare(
      { ...computeSettings(), ...settings },
      analysisFolder(this.context),
      {
        progress: (progress) => {
          if (!current()) return;
          this.progress = progress;
          this.changed.fire();
        },
        coarse: (result) => {
          if (!current()) return;
          this.result = result;
          this.coarse = true;
          this.changed.fire();
        },
      },
    );
    if (!current()) return run.cancel();
    this.run = run;
    const outcome = await run.outcome;
    if (current()) this.end(outcome);
  }

  cancel(): void {
    if (this.state !== 'computing') return;
    this.abandon();
    this.become('cancelled');
  }

  dispose(): void {
    this.abandon();
    this.changed.dispose();
  }

  private end(outcome: EngineOutcome<CompareResult>): void {
    this.run = undefined;
    switch (outcome.kind) {
      case 'finished':
        this.result = outcome.result;
        this.coarse = false;
        this.become('done');
        break;
      case 'failed':
        this.fail(outcome.message);
        break;
      case 'cancelled':
        this.become('cancelled');
        break;
      case 'died':
        this.failures.log([`The engine process ended: ${outcome.how}`, ...outcome.lines].join('\n  '));
        this.fail(engineDeath(outcome.how));
        break;
      default:
        outcome satisfies never;
    }
  }

  private fail(message: string): void {
    this.failures.log(message);
    this.message = message;
    this.result = undefined;
    this.become('failed');
  }

  private become(state: CompareState): void {
    this.state = state;
    if (state !== 'computing') this.progress = undefined;
    this.changed.fire();
  }

  private abandon(): void {
    this.generation++;
    this.run?.cancel();
    this.run = undefined;
    this.progress = undefined;
  }
}
