/** The view "Runs": a row for each run, with its state, how far it is, and what it reached. */
import * as vscode from 'vscode';
import type { RunState } from '../../protocol/runs';
import { plainText } from '../ui/plainText';
import { progressText } from './progressText';
import { stateName, stateOf } from './runState';
import type { RunEntry, RunsStore } from './runsStore';

export const runsView = 'repsim.runs';

export class RunsTree implements vscode.TreeDataProvider<RunEntry> {
  readonly onDidChangeTreeData: vscode.Event<void>;

  /** `listed` is told each time how many runs were left out. */
  constructor(
    private readonly store: RunsStore,
    private readonly listed: (leftOut: number) => void,
  ) {
    this.onDidChangeTreeData = store.onDidChangeList;
  }

  async getChildren(parent?: RunEntry): Promise<RunEntry[]> {
    if (parent) return [];
    const runs = await this.store.list();
    this.listed(this.store.leftOut);
    return runs;
  }

  getTreeItem(run: RunEntry): vscode.TreeItem {
    const state = stateOf(run);
    const item = new vscode.TreeItem(plainText(run.name));
    item.id = run.folder ?? `job ${run.job!.id}`;
    item.iconPath = icon(state);
    item.description = describe(run, state);
    item.tooltip = [run.name, stateName(state), run.summary?.message, run.folder].filter(Boolean).join('\n');
    item.contextValue = contextValue(run, state);
    item.accessibilityInformation = { label: `${item.label}, ${stateName(state)}, ${item.description}` };
    item.command = {
      command: 'repsim.openDrift',
      title: vscode.l10n.t('Open Drift'),
      arguments: [run],
    };
    return item;
  }
}

function describe(run: RunEntry, state: RunState): string {
  const { summary, job } = run;
  const accuracy = summary?.accuracy;
  const parts = [
    job?.cancelling ? vscode.l10n.t('cancelling') : job?.progress && progressText(job.progress),
    state === 'finished' || job ? undefined : stateName(state),
    accuracy === undefined ? undefined : vscode.l10n.t('accuracy {0} %', (accuracy * 100).toFixed(1)),
    job || !summary ? undefined : timeText(new Date(summary.manifest.createdAt)),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** The time of today's runs, the day of others. */
function timeText(time: Date): string {
  const today = time.toDateString() === new Date().toDateString();
  return today ? time.toLocaleTimeString() : time.toLocaleDateString();
}

/** `run.STATE`, or `starting.STATE` for one that has no folder to show. */
function contextValue(run: RunEntry, state: RunState): string {
  return run.folder ? `run.${state}` : `starting.${state}`;
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
