/** The settings of the editor that say how the engine computes, where what is asked does not say otherwise. */
import * as vscode from 'vscode';
import type { RuntimeChoice } from '../../protocol/runtime';

export interface ComputeSettings {
  readonly runtime: RuntimeChoice;
  readonly threads?: number;
}

export function computeSettings(scope?: vscode.Uri): ComputeSettings {
  const configuration = vscode.workspace.getConfiguration('repsim', scope);
  const threads = configuration.get<number | null>('threads') ?? undefined;
  return {
    runtime: configuration.get<RuntimeChoice>('runtime', 'auto'),
    ...(threads !== undefined && { threads }),
  };
}
