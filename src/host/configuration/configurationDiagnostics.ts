/** What is wrong with a repsim.json, as VS Code underlines it: what the schema sees is VS Code's own to tell. */
import path from 'node:path';
import * as vscode from 'vscode';
import { plainText } from '../ui/plainText';
import { type ConfigurationProblem, checkConfiguration } from './checkConfiguration';

export async function diagnosticsOf(document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
  const problems = await checkConfiguration(document.getText(), path.dirname(document.uri.fsPath));
  return problems.map((problem) => {
    const { offset, length, kind } = problem;
    const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
    const severity = kind === 'unread' ? vscode.DiagnosticSeverity.Hint : vscode.DiagnosticSeverity.Error;
    const diagnostic = new vscode.Diagnostic(range, sentenceOf(problem), severity);
    diagnostic.source = 'RepSim';
    if (kind === 'unread') diagnostic.tags = [vscode.DiagnosticTag.Unnecessary];
    return diagnostic;
  });
}

function sentenceOf(problem: ConfigurationProblem): string {
  switch (problem.kind) {
    case 'missing':
      return vscode.l10n.t(
        'There is no {0}: give a path from the folder of this file, or an absolute one.',
        shortened(problem.file),
      );
    case 'noCheckpoint':
      return vscode.l10n.t(
        '{0} is no checkpoint: give a folder with weights, a file of weights, or a run.',
        shortened(problem.file),
      );
    case 'noBlock':
      return vscode.l10n.t(
        'There is no block {0}: the model has {1}, numbered 0 to {2}.',
        problem.block,
        problem.blocks,
        problem.blocks - 1,
      );
    case 'unread':
      return vscode.l10n.t('The method "{0}" does not read {1}.', problem.method, problem.setting);
    default:
      return problem satisfies never;
  }
}

function shortened(file: string): string {
  return plainText(vscode.workspace.asRelativePath(file));
}
