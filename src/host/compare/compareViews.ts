/** The places that show comparisons: the view in the side bar, and editors with the large version. */
import * as vscode from 'vscode';
import { type CompareChoice, compareChoice, comparePageState } from '../../protocol/comparePanel';
import { dataFiles } from '../finetune/findInputs';
import { bundledSample } from '../finetune/sample';
import type { RunsStore } from '../runs/runsStore';
import type { Failures } from '../ui/failures';
import { askSources } from './askSources';
import { CompareEngine } from './compareEngine';
import { ComparePage, type ComparePageServices } from './comparePage';
import { comparePanelType, compareView } from './comparePanelType';
import { dumpEndings, type FoundSources, findSources, imagesOf } from './compareSources';
import { Comparison } from './comparison';

const rememberedKey = 'repsim.compare.choice';

export class CompareViews implements vscode.Disposable {
  private readonly engine: CompareEngine;
  private readonly pages = new Set<ComparePage>();
  /** Paths that were chosen although they were not found in the workspace. */
  private readonly more = { sources: new Set<string>(), data: new Set<string>() };
  private remembered: CompareChoice | undefined;
  /** What the side bar shows. */
  private readonly side: Comparison;
  private readonly subscriptions: vscode.Disposable[] = [];
  private readonly services: ComparePageServices;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly store: RunsStore,
    private readonly failures: Failures,
    log: vscode.LogOutputChannel,
  ) {
    this.engine = new CompareEngine(context.asAbsolutePath('dist/engine.js'), log);
    const remembered = compareChoice.safeParse(context.workspaceState.get(rememberedKey));
    this.side = this.comparison(remembered.data ?? compareChoice.parse({}));
    this.services = {
      extension: context.extensionUri,
      sources: () => this.sources(),
      measures: () => this.engine.measures(),
      browse: (what, folder) => this.browse(what, folder),
      openEditor: (from) => this.openEditor(from),
      reveal: (layer, source) => vscode.commands.executeCommand('repsim.goToSource', { layer, source }),
      failures,
    };
    this.subscriptions.push(
      this.side,
      this.side.onDidChange(() => this.remember()),
      store.onDidChangeList(() => {
        for (const page of this.pages) failures.guard(() => page.refreshSources());
      }),
    );
  }

  /** The side bar shows the view for the first time, or again after it was hidden. */
  async resolve(view: vscode.WebviewView): Promise<void> {
    this.add(view, this.side, false);
    await this.goOn(this.side);
  }

  /** Asks in quick picks what to compare. `a`: what one side is, where that is known already. */
  async ask(a: string | undefined): Promise<void> {
    const asked = await askSources(this.sources(), (what, folder) => this.browse(what, folder), a);
    if (asked) await this.compare(asked.a, asked.b, asked.data);
  }

  /** Compares the two in the side bar. `data`: undefined for that of a run, or for what was last chosen. */
  async compare(a: string, b: string, data?: string): Promise<void> {
    const { measures, samples, data: last } = this.side.choice;
    const choice = { a, b, measures, samples, ...(data !== undefined && { data }) };
    const lacking = last !== undefined && (await imagesOf(choice)) === 'incomplete';
    await vscode.commands.executeCommand(`${compareView}.focus`);
    await this.side.choose(lacking ? { ...choice, data: last } : choice);
  }

  /** Gives an editor of the last session its comparison again. `state`: what the page kept. */
  async restore(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const kept = comparePageState.safeParse(state).data?.choice;
    const comparison = this.comparison(kept ?? compareChoice.parse({}));
    this.addEditor(panel, comparison);
    await this.goOn(comparison);
  }

  /** All that can be chosen now. */
  sources(): Promise<FoundSources> {
    this.offer(this.side.choice);
    return findSources(this.store, bundledSample(this.context.extensionUri), this.more);
  }

  dispose(): void {
    for (const page of this.pages) page.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private openEditor(from: Comparison): void {
    const comparison = this.comparison(from.choice);
    comparison.adopt(from);
    const panel = vscode.window.createWebviewPanel(
      comparePanelType,
      vscode.l10n.t('Representations'),
      vscode.ViewColumn.Active,
    );
    this.addEditor(panel, comparison);
    if (comparison.state !== 'done') this.failures.guard(() => comparison.compare());
  }

  private addEditor(panel: vscode.WebviewPanel, comparison: Comparison): void {
    this.offer(comparison.choice);
    this.add(panel, comparison, true);
    panel.onDidDispose(() => comparison.dispose());
  }

  /** What was compared before is compared again, from the results that the engine keeps where nothing has changed. */
  private async goOn(comparison: Comparison): Promise<void> {
    if (comparison.state === 'incomplete' && vscode.workspace.isTrusted) await comparison.compare();
  }

  private comparison(choice: CompareChoice): Comparison {
    return new Comparison(this.engine, this.context, this.failures, choice);
  }

  private add(place: vscode.WebviewPanel | vscode.WebviewView, comparison: Comparison, large: boolean): void {
    const page = new ComparePage(place, comparison, large, this.services);
    this.pages.add(page);
    place.onDidDispose(() => this.pages.delete(page));
  }

  /** Progress changes the comparison too: only another choice is written. */
  private remember(): void {
    if (this.side.choice === this.remembered) return;
    this.remembered = this.side.choice;
    this.context.workspaceState.update(rememberedKey, this.remembered);
  }

  /** Keeps what was chosen among what can be chosen. */
  private offer({ a, b, data }: CompareChoice): void {
    for (const side of [a, b]) if (side !== undefined) this.more.sources.add(side);
    if (data !== undefined) this.more.data.add(data);
  }

  private async browse(what: 'a' | 'b' | 'data', folder: boolean): Promise<string | undefined> {
    const data = what === 'data';
    const chosen = await vscode.window.showOpenDialog({
      title: data
        ? vscode.l10n.t('Data: an .npz in MedMNIST layout, a table, or a folder of class folders')
        : vscode.l10n.t('A checkpoint or run folder, or a dump of activations'),
      canSelectFolders: folder,
      canSelectFiles: !folder,
      ...(!folder && {
        filters: data
          ? { [vscode.l10n.t('Data')]: [...dataFiles] }
          : { [vscode.l10n.t('Activations')]: dumpEndings.map((ending) => ending.slice(1)) },
      }),
    });
    const file = chosen?.[0]?.fsPath;
    if (file !== undefined) (data ? this.more.data : this.more.sources).add(file);
    return file;
  }
}
