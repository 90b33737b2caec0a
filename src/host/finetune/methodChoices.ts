/** The methods as the quick pick offers them, each with a line that says what it is good for. */
import * as vscode from 'vscode';
import type { FinetuneRequest } from '../../protocol/settings';
import type { Choice } from '../ui/pickStep';

export type MethodSettings = Pick<FinetuneRequest, 'method' | 'lambda'>;

export function methodChoices(): Choice<MethodSettings>[] {
  return [
    {
      label: vscode.l10n.t('RepSim, keep the accuracy'),
      description: 'lambda 0.1',
      detail: vscode.l10n.t(
        'All weights are finetuned; the representation stays nearer to the pretrained one.',
      ),
      value: { method: 'repsim', lambda: 0.1 },
    },
    {
      label: vscode.l10n.t('RepSim, keep the representation'),
      description: 'lambda 0.3',
      detail: vscode.l10n.t('Keeps more of the pretrained representation, and the minimum flatter.'),
      value: { method: 'repsim', lambda: 0.3 },
    },
    {
      label: vscode.l10n.t('Full finetuning'),
      description: 'full',
      detail: vscode.l10n.t('All weights, nothing is kept: what the others are compared with.'),
      value: { method: 'full' },
    },
    {
      label: vscode.l10n.t('Linear probe'),
      description: 'linear',
      detail: vscode.l10n.t('Only the head is trained: the representation stays as it is.'),
      value: { method: 'linear' },
    },
  ];
}
