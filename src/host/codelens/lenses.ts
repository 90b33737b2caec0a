/** The lenses of a document: what can be done with the models in it, and the drift of the layers that it makes. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { CodeModel } from '../code/outline';
import type { LayerSources } from '../source/layerSources';
import { plainText } from '../ui/plainText';
import type { DriftLine, DriftLines } from './driftLines';
import { driftTitle } from './driftText';
import { driftWords } from './driftWords';
import { modelTarget } from './modelTarget';

export async function modelLenses(
  sources: LayerSources,
  document: vscode.TextDocument,
  token: vscode.CancellationToken,
): Promise<vscode.CodeLens[]> {
  const outline = await sources.index.outline(document, () => token.isCancellationRequested);
  const lenses: vscode.CodeLens[] = [];
  const taken = new Set<number>();
  for (const model of outline?.models ?? []) {
    if (token.isCancellationRequested) return [];
    const { line } = document.positionAt(model.from);
    if (taken.has(line)) continue;
    taken.add(line);
    lenses.push(...(await actionsOf(model, document, line)));
  }
  return lenses;
}

export async function driftLenses(
  lines: DriftLines,
  document: vscode.TextDocument,
): Promise<vscode.CodeLens[]> {
  return (await lines.of(document)).map((line) => driftLens(line, document.uri));
}

async function actionsOf(
  { name, reference }: CodeModel,
  document: vscode.TextDocument,
  line: number,
): Promise<vscode.CodeLens[]> {
  const target = reference === undefined ? undefined : await modelTarget(document.uri, reference);
  const which = target
    ? vscode.l10n.t('the checkpoint {0}', plainText(vscode.workspace.asRelativePath(target)))
    : vscode.l10n.t('a model that you choose');
  const isSettings = path.posix.basename(document.uri.path) === 'repsim.json';
  const actions = [
    isSettings
      ? { title: vscode.l10n.t('Finetune'), command: 'repsim.finetuneFromFile', arguments: [document.uri] }
      : { title: vscode.l10n.t('Finetune'), command: 'repsim.finetune' },
    { title: vscode.l10n.t('Compare'), command: 'repsim.compare' },
    { title: vscode.l10n.t('Sharpness'), command: 'repsim.analyzeSharpness' },
    { title: vscode.l10n.t('Landscape'), command: 'repsim.showLandscape' },
  ];
  const range = new vscode.Range(line, 0, line, 0);
  return actions.map(
    (action) =>
      new vscode.CodeLens(range, {
        tooltip: vscode.l10n.t('RepSim at "{0}": {1}', plainText(name), which),
        ...(target && { arguments: [target] }),
        ...action,
      }),
  );
}

function driftLens(line: DriftLine, document: vscode.Uri): vscode.CodeLens {
  return new vscode.CodeLens(new vscode.Range(line.line, 0, line.line, 0), {
    title: driftTitle(line.layers, line.others.length === 0),
    tooltip: driftWords(line).join('\n'),
    command: 'repsim.showLayerDrift',
    arguments: [{ document: document.toString(), line: line.line }],
  });
}
