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
  const seen = new Set<string>();
  // VS Code completes steps by changes only, and by none of a key that was set before it first looked at the walkthrough.
  const tell = (key: string) => {
    vscode.commands.executeCommand('setContext', key, true);
    vscode.commands.executeCommand('setContext', key, false);
  };
  const look = (tabs: readonly vscode.Tab[]) => {
    for (const { input } of tabs) {
      if (!(input instanceof vscode.TabInputWebview)) continue;
      // VS Code puts a word of its own before the type.
      const [, key] = Object.entries(seenKeys).find(([type]) => input.viewType.endsWith(type)) ?? [];
      if (!key) continue;
      seen.add(key);
      tell(key);
    }
  };
  look(vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs));
  return vscode.Disposable.from(
    vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => look([...opened, ...changed])),
    failures.command('repsim.openWalkthrough', async () => {
      await vscode.commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${context.extension.id}#repsim.start`,
        false,
      );
      for (const key of seen) tell(key);
    }),
  );
}
