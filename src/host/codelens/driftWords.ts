/** What a drift value is, in a sentence for tooltips and hovers. Names are untrusted: everything is plain text. */
import * as vscode from 'vscode';
import { plainText } from '../ui/plainText';
import type { DriftLine } from './driftLines';
import { formatDrift } from './driftText';

/** Layers that are told one by one. */
const mostLayers = 24;

/** One line each: the run, the measure, and the values. */
export function driftWords({ run, layers, measured, others }: DriftLine): string[] {
  const samples =
    measured.samples === 'cls' ? vscode.l10n.t('CLS token') : vscode.l10n.t('mean of the patch tokens');
  const values = layers
    .slice(0, mostLayers)
    .map(({ layer, drift }) => `${plainText(layer)}: ${formatDrift(drift)}`);
  if (layers.length > mostLayers) values.push(vscode.l10n.t('and {0} more', layers.length - mostLayers));
  return [
    vscode.l10n.t('Drift in "{0}"', plainText(run.name)),
    vscode.l10n.t(
      '1 - debiased linear CKA to the pretrained model, {0}, {1} validation images, step {2}',
      samples,
      measured.images,
      measured.step,
    ),
    values.join(' · '),
    ...(others.length > 0
      ? [vscode.l10n.t('{0} lines of the workspace fit: click to say which is meant.', others.length)]
      : []),
  ];
}
