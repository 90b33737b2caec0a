/** The one item in the status bar: what RepSim does now, or, while it does nothing, what it computes with. */
import * as vscode from 'vscode';
import { plainText } from './plainText';

/** Something that goes on. */
export interface StatusWork {
  /** Short: `42 % · Epoch 3 of 15`. */
  readonly text: string;
  /** A line of the tooltip for each piece of the work. */
  readonly lines: readonly string[];
}

export class StatusBar implements vscode.Disposable {
  private readonly item: vscode.StatusBarItem;
  private readonly work = new Map<string, StatusWork>();
  private runtime: { readonly text: string; readonly tooltip: string } | undefined;

  constructor() {
    this.item = vscode.window.createStatusBarItem('repsim.status', vscode.StatusBarAlignment.Left);
    this.item.name = 'RepSim';
    this.item.command = 'repsim.showRunActions';
    this.update();
  }

  /** What computes: `text` is a word or two, `tooltip` says more. Undefined where it is not known. */
  setRuntime(text: string | undefined, tooltip = ''): void {
    this.runtime = text === undefined ? undefined : { text: plainText(text), tooltip };
    this.update();
  }

  /** `source` does `work` now, or nothing any more. Of several sources the first one is in the text. */
  setWork(source: string, work: StatusWork | undefined): void {
    if (work) this.work.set(source, work);
    else this.work.delete(source);
    this.update();
  }

  dispose(): void {
    this.item.dispose();
  }

  private update(): void {
    const { item, runtime } = this;
    const [current, ...others] = this.work.values();
    const words = current
      ? `RepSim: ${plainText(current.text)}${others.length > 0 ? ` +${others.length}` : ''}`
      : ['RepSim', runtime?.text].filter(Boolean).join(' · ');
    item.text = current ? `$(sync~spin) ${words}` : `$(pulse) ${words}`;
    item.accessibilityInformation = { label: words, role: 'button' };
    // Plain text: names of runs are in it.
    item.tooltip = [
      ...[...this.work.values()].flatMap(({ lines }) => lines.map((line) => plainText(line))),
      ...(runtime ? [runtime.tooltip || vscode.l10n.t('Computes with {0}.', runtime.text)] : []),
      vscode.l10n.t('Click for what can be done.'),
    ].join('\n');
    item.show();
  }
}
