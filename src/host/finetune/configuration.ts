/** The settings of the editor that runs start with where they do not say otherwise. */
import * as vscode from 'vscode';
import type { RuntimeChoice } from '../../protocol/runtime';
import type { FinetuneRequest } from '../../protocol/settings';

export function withConfiguration(settings: FinetuneRequest, scope: vscode.Uri): FinetuneRequest {
  const configuration = vscode.workspace.getConfiguration('repsim', scope);
  const threads = configuration.get<number | null>('threads') ?? undefined;
  return {
    runtime: configuration.get<RuntimeChoice>('runtime', 'auto'),
    ...(threads !== undefined && { threads }),
    ...settings,
  };
}
