/** From a layer to the line of code that makes it: found by the code's structure, chosen by a person where it is not clear. */
import * as vscode from 'vscode';
import { readManifest } from '../../protocol/runFiles';
import type { FoundPlaces } from '../code/modulePaths';
import type { LayerPlace } from '../code/pathFollower';
import type { RunsStore } from '../runs/runsStore';
import { plainText } from '../ui/plainText';
import { ChosenPlaces } from './chosenPlaces';
import { CodeIndex } from './codeIndex';
import { findMention } from './layerMentions';
import { type LayeredModel, placesOfLayers } from './layerPaths';

/** A layer of a run, or of what was compared. */
export interface WantedLayer {
  readonly layer: string;
  /** Folder of the run. */
  readonly run?: string | undefined;
  /** What was compared: a run, a checkpoint, or a dump. */
  readonly source?: string | undefined;
}

/** A model as its places are looked for. */
export interface PlacedModel extends LayeredModel {
  readonly architecture: string;
}

export class LayerSources implements vscode.Disposable {
  readonly index = new CodeIndex();
  private readonly chosen: ChosenPlaces;
  private readonly choosing = new vscode.EventEmitter<void>();
  /** A person chose among several lines, or forgot the choices. */
  readonly onDidChoose = this.choosing.event;

  constructor(
    memory: vscode.Memento,
    private readonly store: RunsStore,
  ) {
    this.chosen = new ChosenPlaces(memory);
  }

  /** The lines of every layer of the model, narrowed to what was chosen before. */
  async places(model: PlacedModel): Promise<Map<string, FoundPlaces>> {
    const found = placesOfLayers(model, await this.index.modulePaths());
    return new Map(
      [...found].map(([layer, { places, whole }]) => [
        layer,
        { whole, places: this.chosen.narrow(model.architecture, places) },
      ]),
    );
  }

  /** Shows the line; where none is found, says what was looked for and where. */
  async goTo(wanted: WantedLayer): Promise<void> {
    const model = await this.modelOf(wanted);
    const { places = [] } = (await this.places(model)).get(wanted.layer) ?? {};
    const place = places.length > 1 ? await this.choose(wanted.layer, model.architecture, places) : places[0];
    if (place) return show(vscode.Uri.parse(place.file), place.at);
    if (places.length > 0) return;
    const names = [...new Set([wanted.layer, model.modules?.[wanted.layer] ?? wanted.layer])];
    for (const name of names) {
      const mention = await findMention(name);
      if (typeof mention !== 'number') return show(mention.uri, mention.at);
    }
    vscode.window.showInformationMessage(
      vscode.l10n.t(
        'No line of code is known for layer "{0}": no class of the workspace makes {1}, and no file has its name in quotes.',
        plainText(wanted.layer),
        plainText(names.at(-1)!),
      ),
    );
  }

  /** Asks which line is meant, and keeps the answer. Undefined when the question was given up. */
  async choose(
    layer: string,
    architecture: string,
    places: readonly LayerPlace[],
  ): Promise<LayerPlace | undefined> {
    const active = vscode.window.activeTextEditor?.document.uri.toString();
    const near = [...places].sort((a, b) => Number(b.file === active) - Number(a.file === active));
    const items = await Promise.all(near.map(async (place) => ({ ...(await describe(place)), place })));
    const chosen = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t('Which line makes layer "{0}"?', plainText(layer)),
      placeHolder: vscode.l10n.t('The answer is kept for the other layers of the model too'),
      matchOnDescription: true,
      matchOnDetail: true,
    });
    if (!chosen) return undefined;
    await this.chosen.remember(architecture, chosen.place);
    this.choosing.fire();
    return chosen.place;
  }

  async forgetChosen(): Promise<void> {
    const count = await this.chosen.forget();
    this.choosing.fire();
    vscode.window.showInformationMessage(
      count === 0
        ? vscode.l10n.t('No line was chosen for a layer in this workspace.')
        : vscode.l10n.t('The lines chosen for layers are forgotten: you are asked again where several fit.'),
    );
  }

  dispose(): void {
    this.index.dispose();
    this.choosing.dispose();
  }

  /** What is known of the model that has the layer: of a run by its manifest, of a checkpoint by a run from it. */
  private async modelOf({ layer, run, source }: WantedLayer): Promise<PlacedModel> {
    const folder = run ?? source;
    const manifest = folder === undefined ? undefined : await readManifest(folder);
    if (manifest) return modelOfManifest(manifest);
    const started = (await this.store.list()).find(
      ({ summary }) => summary?.manifest.settings.checkpoint === source,
    );
    if (started?.summary && source !== undefined) return modelOfManifest(started.summary.manifest);
    return { architecture: '', layers: [layer], checkpoint: source };
  }
}

type Manifest = NonNullable<Awaited<ReturnType<typeof readManifest>>>;

export function modelOfManifest({ model, settings }: Manifest): PlacedModel {
  return { ...model, checkpoint: settings.checkpoint };
}

async function describe({ file, at, className, member }: LayerPlace): Promise<vscode.QuickPickItem> {
  const uri = vscode.Uri.parse(file);
  const document = await vscode.workspace.openTextDocument(uri);
  const line = document.lineAt(document.positionAt(at));
  const name = [className, member].filter(Boolean).join('.');
  return {
    label: `${plainText(vscode.workspace.asRelativePath(uri))}:${line.lineNumber + 1}`,
    description: plainText(name),
    detail: plainText(line.text.trim()),
  };
}

/** Selects what makes the layer, to the end of its line. */
async function show(uri: vscode.Uri, at: number): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const start = document.positionAt(at);
  const editor = await vscode.window.showTextDocument(document, {
    viewColumn: vscode.ViewColumn.One,
    preserveFocus: false,
  });
  // The cursor at the beginning keeps a long line from being scrolled to its end.
  const selection = new vscode.Selection(document.lineAt(start).range.end, start);
  editor.selection = selection;
  editor.revealRange(new vscode.Range(start, start), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
