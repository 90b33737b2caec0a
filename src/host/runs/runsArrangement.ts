/** How the person wants the runs listed, kept for the workspace, and the commands that ask for it. */
import * as vscode from 'vscode';
import {
  type Arrangement,
  arrangementFrom,
  type GroupKey,
  groupKeys,
  isFiltered,
  type SortKey,
  sortKeys,
} from './arrangeRuns';

const memoryKey = 'repsim.runsArrangement';
const filteredKey = 'repsim.runsFiltered';

export class RunsArrangement implements vscode.Disposable {
  private current: Arrangement;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {
    this.current = arrangementFrom(memory.get(memoryKey));
    this.tellFiltered();
  }

  get now(): Arrangement {
    return this.current;
  }

  /** Says beside the title of the view that not all runs are shown; undefined where they are. */
  get description(): string | undefined {
    if (!isFiltered(this.current)) return undefined;
    const filter = this.current.filter.trim();
    const parts = [this.current.starredOnly && '★', filter && `"${filter}"`].filter(Boolean);
    return vscode.l10n.t('filtered: {0}', parts.join(' '));
  }

  /** The list narrows while it is typed; Escape brings back what was before. */
  async askFilter(): Promise<void> {
    const { filter } = this.current;
    const input = vscode.window.createInputBox();
    input.title = vscode.l10n.t('Filter Runs');
    input.placeholder = vscode.l10n.t('Words in the name, data, method or note');
    input.value = filter;
    const starred = () => ({
      iconPath: new vscode.ThemeIcon(this.current.starredOnly ? 'star-full' : 'star-empty'),
      tooltip: this.current.starredOnly
        ? vscode.l10n.t('Show All Runs')
        : vscode.l10n.t('Show Starred Runs Only'),
    });
    input.buttons = [starred()];
    let accepted = false;
    const subscriptions = [
      input.onDidChangeValue((value) => this.change({ filter: value })),
      input.onDidTriggerButton(() => {
        this.change({ starredOnly: !this.current.starredOnly });
        input.buttons = [starred()];
      }),
      input.onDidAccept(() => {
        accepted = true;
        input.hide();
      }),
    ];
    const hidden = new Promise<void>((resolve) => subscriptions.push(input.onDidHide(() => resolve())));
    input.show();
    await hidden;
    if (!accepted) this.change({ filter });
    for (const disposable of [...subscriptions, input]) disposable.dispose();
  }

  clearFilter(): void {
    this.change({ filter: '', starredOnly: false });
  }

  async askSort(): Promise<void> {
    const names: Record<SortKey, string> = {
      newest: vscode.l10n.t('Newest First'),
      name: vscode.l10n.t('Name'),
      accuracy: vscode.l10n.t('Accuracy, Highest First'),
      similarity: vscode.l10n.t('Similarity to the Pretrained Model, Highest First'),
      sharpness: vscode.l10n.t('Sharpness, Flattest First'),
    };
    const items = sortKeys.map((key) => item(names[key], key === this.current.sort, key));
    const title = vscode.l10n.t('Sort Runs');
    const placeHolder = vscode.l10n.t('Starred runs stay in front');
    const chosen = await vscode.window.showQuickPick(items, { title, placeHolder });
    if (chosen) this.change({ sort: chosen.value });
  }

  async askGroup(): Promise<void> {
    const names: Record<GroupKey, string> = {
      none: vscode.l10n.t('No Groups'),
      data: vscode.l10n.t('Data'),
      method: vscode.l10n.t('Method'),
    };
    const items = groupKeys.map((key) => item(names[key], key === this.current.group, key));
    const title = vscode.l10n.t('Group Runs');
    const chosen = await vscode.window.showQuickPick(items, { title });
    if (chosen) this.change({ group: chosen.value });
  }

  dispose(): void {
    this.changed.dispose();
  }

  private change(part: Partial<Arrangement>): void {
    this.current = { ...this.current, ...part };
    this.memory.update(memoryKey, this.current);
    this.tellFiltered();
    this.changed.fire();
  }

  private tellFiltered(): void {
    vscode.commands.executeCommand('setContext', filteredKey, isFiltered(this.current));
  }
}

function item<T>(label: string, chosen: boolean, value: T): vscode.QuickPickItem & { value: T } {
  return { label, value, ...(chosen && { description: vscode.l10n.t('now') }) };
}
