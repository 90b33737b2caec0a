/** The view "Runs": a row for each run, with its state, how far it is, and what it reached; on request under headings. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunState } from '../../protocol/runs';
import { plainText } from '../ui/plainText';
import { arrangeRuns, groupRuns, isStarred, type RunGroup } from './arrangeRuns';
import { progressText } from './progressText';
import { progressOfRun, stateName, stateOf } from './runState';
import type { RunsArrangement } from './runsArrangement';
import type { RunEntry, RunsStore } from './runsStore';

export const runsView = 'repsim.runs';

export type RunsRow = RunEntry | RunGroup;

/** What a list was made of. */
export interface Listed {
  readonly shown: number;
  readonly all: number;
  /** Runs that were not even looked at. */
  readonly leftOut: number;
}

export class RunsTree implements vscode.TreeDataProvider<RunsRow>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscriptions: readonly vscode.Disposable[];

  /** `listed` is told of each list. */
  constructor(
    private readonly store: RunsStore,
    private readonly arrangement: RunsArrangement,
    private readonly listed: (listed: Listed) => void,
  ) {
    this.subscriptions = [
      store.onDidChangeList(() => this.changed.fire()),
      arrangement.onDidChange(() => this.changed.fire()),
    ];
  }

  async getChildren(parent?: RunsRow): Promise<RunsRow[]> {
    if (parent) return 'runs' in parent ? [...parent.runs] : [];
    const all = await this.store.list();
    const arrangement = this.arrangement.now;
    const shown = arrangeRuns(all, arrangement);
    this.listed({ shown: shown.length, all: all.length, leftOut: this.store.leftOut });
    return arrangement.group === 'none' ? shown : groupRuns(shown, arrangement.group);
  }

  getTreeItem(row: RunsRow): vscode.TreeItem {
    return 'runs' in row ? groupItem(row) : runItem(row);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}

function groupItem({ key, runs }: RunGroup): vscode.TreeItem {
  const label = plainText(path.basename(key)) || vscode.l10n.t('starting');
  const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group ${key}`;
  // Two data sets may have one name in two folders.
  const place = path.dirname(key);
  item.description = place === '.' ? String(runs.length) : `${runs.length} · ${plainText(place)}`;
  item.tooltip = plainText(key);
  item.contextValue = 'group';
  const count = runs.length === 1 ? vscode.l10n.t('1 run') : vscode.l10n.t('{0} runs', runs.length);
  item.accessibilityInformation = { label: `${label}, ${count}` };
  return item;
}

function runItem(run: RunEntry): vscode.TreeItem {
  const state = stateOf(run);
  const item = new vscode.TreeItem(plainText(run.name));
  item.id = run.folder ?? `job ${run.job!.id}`;
  item.iconPath = icon(state);
  const description = describe(run, state);
  item.description = isStarred(run) ? `★ ${description}` : description;
  item.tooltip = tooltip(run, state);
  item.contextValue = contextValue(run, state);
  const starred = isStarred(run) ? vscode.l10n.t('starred') : undefined;
  item.accessibilityInformation = {
    label: [item.label, starred, stateName(state), description].filter(Boolean).join(', '),
  };
  item.command = {
    command: 'repsim.openDrift',
    title: vscode.l10n.t('Open Drift'),
    arguments: [run],
  };
  return item;
}

function describe(run: RunEntry, state: RunState): string {
  const { summary, job } = run;
  const accuracy = summary?.accuracy;
  const progress = progressOfRun(run);
  const parts = [
    job?.cancelling ? vscode.l10n.t('cancelling') : progress && progressText(progress),
    state === 'finished' || job || progress ? undefined : stateName(state),
    accuracy === undefined ? undefined : vscode.l10n.t('accuracy {0} %', (accuracy * 100).toFixed(1)),
    job || progress || !summary ? undefined : timeText(new Date(summary.manifest.createdAt)),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Everything in a file may be hostile: each part is a line of plain text. */
function tooltip({ name, summary, folder }: RunEntry, state: RunState): string {
  const note = summary?.about.note
    ?.split('\n')
    .slice(0, 12)
    .map((line) => plainText(line))
    .join('\n');
  const figures = summary && [
    summary.accuracy !== undefined && vscode.l10n.t('accuracy {0} %', (summary.accuracy * 100).toFixed(1)),
    summary.similarity !== undefined &&
      vscode.l10n.t('similarity to the pretrained model {0}', summary.similarity.toFixed(3)),
    summary.sharpness !== undefined && vscode.l10n.t('sharpness {0}', summary.sharpness.toPrecision(3)),
  ];
  return [
    plainText(name),
    stateName(state),
    state === 'interrupted' && vscode.l10n.t('Its process ended without a last word; it can be resumed.'),
    summary?.message && plainText(summary.message),
    figures?.filter(Boolean).join(' · '),
    note && `\n${note}\n`,
    folder && plainText(folder),
  ]
    .filter(Boolean)
    .join('\n');
}

/** The time of today's runs, the day of others. */
function timeText(time: Date): string {
  const today = time.toDateString() === new Date().toDateString();
  return today ? time.toLocaleTimeString() : time.toLocaleDateString();
}

/** `run.STATE`, `run.starred.STATE`, or `starting.STATE` for one that has no folder to show. */
function contextValue(run: RunEntry, state: RunState): string {
  if (!run.folder) return `starting.${state}`;
  return isStarred(run) ? `run.starred.${state}` : `run.${state}`;
}

function icon(state: RunState): vscode.ThemeIcon {
  switch (state) {
    case 'preparing':
    case 'running':
      return new vscode.ThemeIcon('sync~spin');
    case 'finished':
      return new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
    case 'failed':
      return new vscode.ThemeIcon('error', new vscode.ThemeColor('testing.iconFailed'));
    case 'cancelled':
      return new vscode.ThemeIcon('circle-slash');
    case 'interrupted':
      return new vscode.ThemeIcon('debug-disconnect');
  }
}
