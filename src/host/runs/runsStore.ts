/** The runs of the workspace: those on disk, and those that this window has started and that have no folder yet. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { type RateLimited, rateLimit } from '../../protocol/rateLimit';
import type { FinetuneJob } from '../finetune/finetuneJob';
import type { FinetuneJobs } from '../finetune/finetuneJobs';
import { foldersOnDisk } from '../ui/foldersOnDisk';
import type { RunSummary } from './runSummary';

export interface RunEntry {
  /** Absolute path; undefined as long as the engine has not made it. */
  readonly folder: string | undefined;
  readonly name: string;
  /** Undefined for one that has no readable files yet. */
  readonly summary: RunSummary | undefined;
  /** Set while this window runs it. */
  readonly job: FinetuneJob | undefined;
}

const runsFolder = path.join('.repsim', 'runs');
/** More runs than this are not looked at: the newest are shown. */
const mostRuns = 2000;
const mostElsewhere = 100;
const elsewhereKey = 'repsim.runsElsewhere';
const readAtOnce = 16;
/** How often lists are drawn again while runs write, and how often runs of other processes are looked after. */
const listInterval = 1000;
const othersInterval = 5000;

export class RunsStore implements vscode.Disposable {
  /** Runs that `list` left out, because there were so many. */
  leftOut = 0;
  private readonly summaries = new Map<string, KeptSummary>();
  /** Runs that were told another place by their settings; remembered, for nothing else finds them again. */
  private readonly elsewhere: Set<string>;
  private readonly listChanged = new vscode.EventEmitter<void>();
  /** Runs came, went, or look different in a list. */
  readonly onDidChangeList = this.listChanged.event;
  private readonly runChanged = new vscode.EventEmitter<string>();
  /** Files in the folder of this run were written. */
  readonly onDidChangeRun = this.runChanged.event;
  private readonly fireList: RateLimited<void> = rateLimit(listInterval, () => this.listChanged.fire());
  private readonly subscriptions: vscode.Disposable[] = [];
  private watchers: vscode.Disposable[] = [];
  private others: NodeJS.Timeout | undefined;

  constructor(
    private readonly jobs: FinetuneJobs,
    private readonly memory: vscode.Memento,
  ) {
    const kept = memory.get(elsewhereKey);
    this.elsewhere = new Set(Array.isArray(kept) ? kept.filter((folder) => typeof folder === 'string') : []);
    this.watch();
    this.subscriptions.push(
      jobs.onDidChange((job) => this.jobChanged(job)),
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.watch();
        this.refresh();
      }),
    );
  }

  /** Those that have no folder yet first, then by the time at which they began, the newest first. */
  async list(): Promise<RunEntry[]> {
    const folders = await this.folders();
    for (let i = 0; i < folders.length; i += readAtOnce) {
      await Promise.all(folders.slice(i, i + readAtOnce).map((folder) => this.summary(folder)));
    }
    const jobs = this.jobs.all;
    const entries = folders.flatMap((folder): RunEntry[] => {
      const summary = this.summaries.get(folder)?.summary;
      const job = this.jobOf(folder);
      return summary ? [{ folder, name: summary.name, summary, job }] : [];
    });
    entries.sort((a, b) => (b.summary!.manifest.createdAt > a.summary!.manifest.createdAt ? 1 : -1));
    const shown = new Set(entries.map(({ job }) => job));
    const begun = jobs
      .filter((job) => !shown.has(job))
      .map((job): RunEntry => ({ folder: job.folder, name: job.name, summary: undefined, job }));
    this.lookAfterOthers(entries);
    return [...begun.reverse(), ...entries];
  }

  /** The run of this window in that folder. */
  jobOf(folder: string): FinetuneJob | undefined {
    return this.jobs.all.find((job) => job.folder === folder);
  }

  /** Reads everything again that has changed. */
  refresh(): void {
    for (const kept of this.summaries.values()) kept.fresh = false;
    this.listChanged.fire();
  }

  /** Something was written to this run by ourselves: it is shown at once. */
  changed(folder: string): void {
    this.fileChanged(folder);
    this.listChanged.fire();
  }

  dispose(): void {
    clearTimeout(this.others);
    this.fireList.dispose();
    for (const disposable of [...this.subscriptions, ...this.watchers, this.listChanged, this.runChanged]) {
      disposable.dispose();
    }
  }

  private async folders(): Promise<string[]> {
    const places = foldersOnDisk().map((folder) => path.join(folder, runsFolder));
    const found = await Promise.all(
      places.map(async (place) => {
        const names = await readdir(place).catch(() => []);
        return names.map((name) => path.join(place, name));
      }),
    );
    // The names begin with the time of the run.
    const newest = found.flat().sort((a, b) => (path.basename(b) > path.basename(a) ? 1 : -1));
    this.leftOut = Math.max(0, newest.length - mostRuns);
    return [...new Set([...this.elsewhere, ...newest.slice(0, mostRuns)])];
  }

  private async summary(folder: string): Promise<void> {
    const kept = this.summaries.get(folder);
    if (kept?.fresh) return;
    const { readRunSummary, stampOfRun } = await import('./runSummary');
    const stamp = await stampOfRun(folder);
    // The state of a run that goes on is not in its files alone.
    const same = kept !== undefined && kept.stamp === stamp && !isRunning(kept.summary);
    const summary = same ? kept.summary : await readRunSummary(folder);
    this.summaries.set(folder, { stamp, summary, fresh: true });
  }

  private jobChanged(job: FinetuneJob): void {
    const { folder } = job;
    if (folder) {
      this.remember(folder);
      this.fileChanged(folder);
    }
    // The begin and the end are shown at once.
    if (!folder || job.outcome) this.listChanged.fire();
  }

  private remember(folder: string): void {
    const found = foldersOnDisk().some((place) => path.dirname(folder) === path.join(place, runsFolder));
    if (found || this.elsewhere.has(folder)) return;
    this.elsewhere.add(folder);
    this.memory.update(elsewhereKey, [...this.elsewhere].slice(-mostElsewhere));
  }

  private fileChanged(folder: string): void {
    this.summaries.delete(folder);
    this.runChanged.fire(folder);
    this.fireList();
  }

  private watch(): void {
    for (const watcher of this.watchers) watcher.dispose();
    this.watchers = foldersOnDisk().map((folder) => {
      const runs = path.join(folder, runsFolder);
      // Of folders that come with all they hold, only the outermost may be told.
      const watcher = vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(folder, '{.repsim,.repsim/runs,.repsim/runs/**}'),
      );
      const changed = ({ fsPath }: vscode.Uri) => {
        const [name] = path.relative(runs, fsPath).split(path.sep);
        if (name && name !== '..') this.fileChanged(path.join(runs, name));
        else this.refresh();
      };
      watcher.onDidCreate(changed);
      watcher.onDidChange(changed);
      watcher.onDidDelete(changed);
      return watcher;
    });
  }

  /** A process of another window or of a terminal may end without a word. */
  private lookAfterOthers(entries: readonly RunEntry[]): void {
    clearTimeout(this.others);
    const running = entries.filter(({ job, summary }) => !job && isRunning(summary));
    if (running.length === 0) return;
    this.others = setTimeout(() => {
      for (const { folder } of running) this.fileChanged(folder!);
    }, othersInterval);
  }
}

interface KeptSummary {
  /** Undefined for a folder that is no run. */
  readonly summary: RunSummary | undefined;
  /** Of the files that it was read from. */
  readonly stamp: string;
  /** Whether nothing is known to have changed since. */
  fresh: boolean;
}

function isRunning(summary: RunSummary | undefined): boolean {
  return summary?.state === 'running' || summary?.state === 'preparing';
}
