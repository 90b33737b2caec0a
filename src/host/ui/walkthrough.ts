/** The walkthrough: the command that opens it, and the word that what its steps show has been seen. */
import * as vscode from 'vscode';
import type { Failures } from './failures';

/** Context keys that complete steps, by the type of the panel that they are of. */
const seenKeys = {
  'repsim.drift': 'repsim.seenDrift',
  'repsim.compare': 'repsim.seenCompare',
  'repsim.landscape': 'repsim.seenLandscape',
} as const;

export function registerWalkthrough(context: vscode.ExtensionContext, failures: Failures): vscode.Disposable {
  const look = (tabs: readonly vscode.Tab[]) => {
    for (const { input } of tabs) {
      if (!(input instanceof vscode.TabInputWebview)) continue;
      // VS Code puts a word of its own before the type.
      const [, key] = Object.entries(seenKeys).find(([type]) => input.viewType.endsWith(type)) ?? [];
      if (key) vscode.commands.executeCommand('setContext', key, true);
    }
  };
  look(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs));
  return vscode.Disposable.from(
    vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => look([...opened, ...changed])),
    failures.command('repsim.openWalkthrough', () =>
      vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${context.extension.id}#repsim.start`,
        false,
      ),
    ),
  );
}
