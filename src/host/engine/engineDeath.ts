/** What a person is told where an engine process ended before its work did. */
import * as vscode from 'vscode';

/** `how`: as `EngineOutcome` tells. */
export function engineDeath(how: string): string {
  return vscode.l10n.t('The engine stopped unexpectedly ({0}); the log has its last words.', how);
}
