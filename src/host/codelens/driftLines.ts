/** The lines of a document that make layers of finetuned models, with the drift of the newest run of each. */
import type * as vscode from 'vscode';
import type { FoundPlaces } from '../code/modulePaths';
import type { LayerPlace } from '../code/pathFollower';
import { hasFolder, type KeptRun } from '../runs/chosenRuns';
import type { RunsStore } from '../runs/runsStore';
import { RunTail } from '../runs/runTail';
import { type LayerSources, modelOfManifest, type PlacedModel } from '../source/layerSources';
import type { LayerDrift } from './driftText';
import { type RunDrift, runDrift } from './runDrift';

/** Older runs are not looked at. */
const mostRuns = 20;
const mostPlaced = 50;

export interface DriftLine {
  /** From 0. */
  readonly line: number;
  readonly run: KeptRun;
  readonly architecture: string;
  /** In the order of the network. */
  readonly layers: readonly LayerDrift[];
  readonly measured: RunDrift;
  /** Other lines that fit as well; empty where it is certain. */
  readonly others: readonly LayerPlace[];
}

export class DriftLines {
  private readonly tails = new Map<string, RunTail>();
  /** Places by model, as long as the code is the same. */
  private placed = new Map<string, Promise<Map<string, FoundPlaces>>>();
  private code: unknown;

  constructor(
    private readonly sources: LayerSources,
    private readonly store: RunsStore,
  ) {
    sources.onDidChoose(() => this.placed.clear());
  }

  /** Whether there is anything to look for in code. */
  async wanted(): Promise<boolean> {
    return (await this.runs()).length > 0;
  }

  async of(document: vscode.TextDocument): Promise<DriftLine[]> {
    const runs = await this.runs();
    if (runs.length === 0) return [];
    const code = await this.sources.index.modulePaths();
    if (code !== this.code || this.placed.size > mostPlaced) this.placed = new Map();
    this.code = code;
    const file = document.uri.toString();
    const lines = new Map<number, DriftLine>();
    for (const run of runs) {
      const model = run.summary && modelOfManifest(run.summary.manifest);
      if (!model) continue;
      const here = [...(await this.places(model))].filter(([, { places }]) =>
        places.some((place) => place.file === file),
      );
      if (here.length === 0) continue;
      const measured = await this.drift(run, model);
      if (!measured) continue;
      const taken = new Set(lines.keys());
      for (const [layer, { places }] of here) {
        const drift = measured.layers.get(layer);
        if (!drift) continue;
        for (const place of places) {
          if (place.file !== file) continue;
          const { line } = document.positionAt(place.at);
          if (taken.has(line)) continue;
          const known = lines.get(line);
          lines.set(line, {
            line,
            run,
            measured,
            architecture: model.architecture,
            layers: [...(known?.layers ?? []), drift],
            others: known?.others ?? (places.length > 1 ? places : []),
          });
        }
      }
    }
    return [...lines.values()].sort((a, b) => a.line - b.line);
  }

  private async runs(): Promise<KeptRun[]> {
    return (await this.store.list()).filter(hasFolder).slice(0, mostRuns);
  }

  private places(model: PlacedModel): Promise<Map<string, FoundPlaces>> {
    const { architecture, layers, modules, checkpoint } = model;
    const key = JSON.stringify([architecture, layers, modules, checkpoint]);
    let found = this.placed.get(key);
    if (!found) {
      found = this.sources.places(model);
      this.placed.set(key, found);
    }
    return found;
  }

  private async drift(run: KeptRun, model: PlacedModel): Promise<RunDrift | undefined> {
    let tail = this.tails.get(run.folder);
    if (!tail) {
      // The map keeps the order in which runs were met; those that are never asked for any more go first.
      const [oldest] = this.tails.keys();
      if (this.tails.size >= mostRuns && oldest !== undefined) this.tails.delete(oldest);
      tail = new RunTail(run.folder);
      this.tails.set(run.folder, tail);
    }
    await tail.refresh();
    return runDrift(model.layers, tail.events());
  }
}
