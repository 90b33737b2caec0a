/** Which runs a command is meant for: the rows it was called on, the selection of the view, or those that are asked for. */
import path from 'node:path';
import * as vscode from 'vscode';
import { HostError } from '../ui/failures';
import { plainText } from '../ui/plainText';
import { stateName, stateOf } from './runState';
import type { RunEntry, RunsStore } from './runsStore';

export interface RunsQuestion {
  readonly title: string;
  /** Of the runs that are offered. */
  readonly offers?: (run: RunEntry) => boolean;
  /** Where there is none to offer. */
  readonly none?: string;
}

/** A run that has a folder. */
export type KeptRun = RunEntry & { readonly folder: string };

export const hasFolder = (run: RunEntry): run is KeptRun => run.folder !== undefined;

/** What VS Code hands to a command of the view: the row, and all selected rows if it is one of them. */
export class ChosenRuns {
  constructor(
    private readonly store: RunsStore,
    private readonly selection: () => readonly unknown[],
  ) {}

  /** Undefined when the question was given up. */
  async one(args: readonly unknown[], question: RunsQuestion): Promise<KeptRun | undefined> {
    const [given] = this.given(args);
    if (given) return this.current(given);
    const items = await this.items(question);
    return (await vscode.window.showQuickPick(items, { title: question.title }))?.run;
  }

  /** Empty when the question was given up. */
  async several(args: readonly unknown[], question: RunsQuestion): Promise<KeptRun[]> {
    const given = this.given(args);
    if (given.length > 0) return Promise.all(given.map((run) => this.current(run)));
    const items = await this.items(question);
    const options = { title: question.title, canPickMany: true } as const;
    return (await vscode.window.showQuickPick(items, options))?.map(({ run }) => run) ?? [];
  }

  /** A keyboard shortcut hands over the word "selection". */
  private given([row, rows]: readonly unknown[]): KeptRun[] {
    if (row === undefined) return [];
    const chosen = row === 'selection' ? this.selection() : Array.isArray(rows) ? rows : [row];
    return chosen.filter(isRun).filter(hasFolder);
  }

  /** The row may be older than what is known of the run now. */
  private async current(run: KeptRun): Promise<KeptRun> {
    const now = (await this.store.list()).find(({ folder }) => folder === run.folder);
    return now && hasFolder(now) ? now : run;
  }

  private async items({ offers = () => true, none }: RunsQuestion) {
    const runs = (await this.store.list()).filter(hasFolder).filter(offers);
    if (runs.length === 0) {
      throw new HostError(none ?? vscode.l10n.t('There is no run yet: finetune a model first.'));
    }
    return runs.map((run) => ({
      label: plainText(run.name),
      description: `${stateName(stateOf(run))} · ${plainText(path.basename(run.folder))}`,
      run,
    }));
  }
}

function isRun(value: unknown): value is RunEntry {
  return typeof value === 'object' && value !== null && 'name' in value && 'folder' in value;
}
