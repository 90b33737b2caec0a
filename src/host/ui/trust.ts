/** Nothing is run and nothing is written in a workspace that the user has not trusted. */
import * as vscode from 'vscode';
import { HostError } from './failures';

/** Throws in Restricted Mode, and offers the way out of it. */
export function requireTrust(): void {
  if (vscode.workspace.isTrusted) return;
  vscode.commands.executeCommand('workbench.trust.manage');
  throw new HostError(
    vscode.l10n.t('RepSim runs nothing in Restricted Mode: trust this workspace first, then try again.'),
  );
}
