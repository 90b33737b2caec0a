/** The feature "source": the way from a layer to the line of code that makes it. */
import * as vscode from 'vscode';
import { pickRun } from '../runs/runCommands';
import type { RunsStore } from '../runs/runsStore';
import type { Failures } from '../ui/failures';
import { lazily } from '../ui/lazily';
import { plainText } from '../ui/plainText';
import type { LayerSources, WantedLayer } from './layerSources';

/** Loaded when a line is asked for the first time: most windows never do. */
export type LoadLayerSources = () => Promise<LayerSources>;

export function registerSource(
  memory: vscode.Memento,
  store: RunsStore,
  failures: Failures,
): { readonly sources: LoadLayerSources; readonly disposable: vscode.Disposable } {
  const sources = lazily(async () => {
    const { LayerSources } = await import('./layerSources');
    return new LayerSources(memory, store);
  });
  const disposable = vscode.Disposable.from(
    failures.command('repsim.goToSource', async (wanted) => {
      const layer = isWanted(wanted) ? wanted : await pickLayer(store);
      if (layer) await (await sources()).goTo(layer);
    }),
    failures.command('repsim.forgetLayerSources', async () => (await sources()).forgetChosen()),
    sources,
  );
  return { sources, disposable };
}

function isWanted(value: unknown): value is WantedLayer {
  return typeof value === 'object' && value !== null && 'layer' in value && typeof value.layer === 'string';
}

/** Asks for a run and one of its layers. Undefined when a question was given up. */
async function pickLayer(store: RunsStore): Promise<WantedLayer | undefined> {
  const run = await pickRun(store);
  const model = run?.summary?.manifest.model;
  if (!run || !model) return undefined;
  const items = model.layers.map((layer) => ({
    label: plainText(layer),
    description: plainText(model.modules?.[layer] ?? ''),
    layer,
  }));
  const title = vscode.l10n.t('Choose a layer');
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return chosen && { layer: chosen.layer, run: run.folder };
}
