/** The feature "landscape": the commands that analyse sharpness and draw the loss, and the return of their panels. */
import * as vscode from 'vscode';
import { checkpointTarget } from '../finetune/checkpointTarget';
import type { RunEntry, RunsStore } from '../runs/runsStore';
import { type Failures, HostError } from '../ui/failures';
import type { StatusBar } from '../ui/statusBar';
import { requireTrust } from '../ui/trust';
import type { LandscapePanels } from './landscapePanels';
import { landscapePanelType } from './landscapePanelType';

export function registerLandscape(
  context: vscode.ExtensionContext,
  store: RunsStore,
  failures: Failures,
  log: vscode.LogOutputChannel,
  status: StatusBar,
): vscode.Disposable {
  let loading: Promise<LandscapePanels> | undefined;
  /** Loaded with the first panel: most windows never open one. */
  const panels = () => {
    loading ??= import('./landscapePanels').then(
      ({ LandscapePanels }) => new LandscapePanels(context, failures, log, status),
    );
    return loading;
  };
  /** Asks what is missing, and shows the panel with what was computed before; undefined when the question was given up. */
  const ask = async (title: string, target: unknown, surface: boolean) => {
    requireTrust();
    const { askLandscape } = await import('./askLandscape');
    const choice = await askLandscape({ title, checkpoint: checkpointOf(target), surface }, context, store);
    return choice && (await panels()).show(choice, surface);
  };
  return vscode.Disposable.from(
    failures.command('repsim.showLandscape', async (target) =>
      (await ask(vscode.l10n.t('RepSim: Show Loss Landscape'), target, true))?.compute(),
    ),
    failures.command('repsim.analyzeSharpness', async (target) =>
      (await ask(vscode.l10n.t('RepSim: Analyze Sharpness'), target, false))?.measure(),
    ),
    failures.command('repsim.cancelAnalysis', async () => (await panels()).cancel()),
    vscode.window.registerWebviewPanelSerializer(landscapePanelType, {
      deserializeWebviewPanel: async (panel, state) => {
        await failures.guard(async () => (await panels()).restore(panel, state));
      },
    }),
    { dispose: () => loading?.then((open) => open.dispose()) },
  );
}

/** What the command was called on: a run in the tree, or a folder (or a file of it) in the Explorer. */
function checkpointOf(target: unknown): string | undefined {
  if (target === undefined) return undefined;
  if (target instanceof vscode.Uri) return checkpointTarget(target);
  const { folder } = target as RunEntry;
  if (folder === undefined) throw new HostError(vscode.l10n.t('This run has no checkpoint yet.'));
  return folder;
}
