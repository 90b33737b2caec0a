/** The drift at the end of the lines that make layers, and a mark before them, in the colours of the drift scale. */
import * as vscode from 'vscode';
import { rateLimit } from '../../protocol/rateLimit';
import { isCode } from '../source/codeIndex';
import type { Failures } from '../ui/failures';
import type { DriftLine, DriftLines } from './driftLines';
import { type DriftLevel, driftLevel, driftLevels, formatDrift, levelMarks, mostDrifted } from './driftText';
import { driftWords } from './driftWords';

/** Typing is answered twice a second. */
const interval = 500;
const contextKey = 'repsim.driftLines';

export class DriftDecorations implements vscode.Disposable {
  private readonly types = Object.fromEntries(
    driftLevels.map((level) => [level, decorationType(level)]),
  ) as Record<DriftLevel, vscode.TextEditorDecorationType>;
  private readonly update = rateLimit<void>(interval, () => this.failures.quietly(() => this.draw()));
  private readonly subscriptions: vscode.Disposable[] = [];
  /** Counts the drawings, so that one that was overtaken draws nothing. */
  private generation = 0;

  constructor(
    private readonly lines: DriftLines,
    private readonly failures: Failures,
  ) {
    this.subscriptions.push(
      vscode.window.onDidChangeVisibleTextEditors(() => this.update()),
      vscode.window.onDidChangeActiveTextEditor(() => this.update()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (isCode(document)) this.update();
      }),
    );
    this.update();
  }

  /** Runs, code or settings changed. */
  refresh(): void {
    this.update();
  }

  dispose(): void {
    this.update.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const level of driftLevels) this.types[level].dispose();
  }

  private async draw(): Promise<void> {
    const generation = ++this.generation;
    for (const editor of vscode.window.visibleTextEditors) {
      const { document } = editor;
      if (!isCode(document)) continue;
      const { version } = document;
      const lines = await this.lines.of(document);
      if (generation !== this.generation || version !== document.version) return;
      if (editor === vscode.window.activeTextEditor) {
        vscode.commands.executeCommand('setContext', contextKey, lines.length > 0);
      }
      const enabled = vscode.workspace
        .getConfiguration('repsim', document)
        .get<boolean>('driftDecorations.enabled', true);
      for (const level of driftLevels) {
        const ofLevel = enabled ? lines.filter((line) => levelOf(line) === level) : [];
        editor.setDecorations(
          this.types[level],
          ofLevel.map((line) => decoration(line, level, document)),
        );
      }
    }
  }
}

function levelOf({ layers }: DriftLine): DriftLevel {
  return driftLevel(mostDrifted(layers)!.drift);
}

function decoration(
  line: DriftLine,
  level: DriftLevel,
  document: vscode.TextDocument,
): vscode.DecorationOptions {
  const hover = new vscode.MarkdownString();
  for (const words of driftWords(line)) {
    hover.appendText(words);
    hover.appendMarkdown('\n\n');
  }
  const value = formatDrift(mostDrifted(line.layers)!.drift);
  const uncertain = line.others.length > 0 ? ' ?' : '';
  return {
    range: document.lineAt(line.line).range,
    hoverMessage: hover,
    renderOptions: { after: { contentText: `${levelMarks[level]} ${value}${uncertain}` } },
  };
}

function decorationType(level: DriftLevel): vscode.TextEditorDecorationType {
  const color = new vscode.ThemeColor(`repsim.drift.${level}`);
  return vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    borderColor: color,
    borderStyle: 'solid',
    borderWidth: '0 0 0 3px',
    overviewRulerColor: color,
    overviewRulerLane: vscode.OverviewRulerLane.Right,
    after: { color, margin: '0 0 0 2em' },
  });
}
