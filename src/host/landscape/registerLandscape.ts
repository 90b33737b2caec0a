/** The feature "landscape": the commands that analyse sharpness and draw the loss, and the return of their panels. */
import * as vscode from 'vscode';
import { checkpointTarget } from '../finetune/checkpointTarget';
import type { RunEntry, RunsStore } from '../runs/runsStore';
import { type Failures, HostError } from '../ui/failures';
import { lazily } from '../ui/lazily';
import { restorePanels } from '../ui/restorePanels';
import type { StatusBar } from '../ui/statusBar';
import { requireTrust } from '../ui/trust';
import { landscapePanelType } from './landscapePanelType';

export function registerLandscape(
  context: vscode.ExtensionContext,
  store: RunsStore,
  failures: Failures,
  log: vscode.LogOutputChannel,
  status: StatusBar,
): vscode.Disposable {
  const panels = lazily(async () => {
    const { LandscapePanels } = await import('./landscapePanels');
    return new LandscapePanels(context, failures, log, status);
  });
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
    restorePanels(landscapePanelType, panels, failures),
    panels,
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
