/** The pickers of the two sides and of the images, with a way to what lies elsewhere on the disk. */
import * as l10n from '@vscode/l10n';
import type {
  CompareChoice,
  CompareSnapshot,
  CompareSource,
  SourceKind,
} from '../../src/protocol/comparePanel';
import { displayName } from '../shared/charts/displayName';
import { type OptionGroup, type Picker, picker } from '../shared/controls';
import { html } from '../shared/html';

const kindNames: Record<SourceKind, () => string> = {
  run: () => l10n.t('Runs'),
  checkpoint: () => l10n.t('Checkpoints'),
  dump: () => l10n.t('Dumps of activations'),
};

export interface SourcePickerActions {
  choose(change: Partial<CompareChoice>): void;
  browse(what: 'a' | 'b' | 'data', folder: boolean): void;
}

/** No path begins with a line break: these cannot be mistaken for one. */
const browseFile = '\nfile';
const browseFolder = '\nfolder';
const nothing = '';

export class SourcePickers {
  readonly element: HTMLElement;
  private readonly sides: Readonly<Record<'a' | 'b', Picker>>;
  private readonly data: Picker;

  constructor(document: Document, actions: SourcePickerActions) {
    const make = (what: 'a' | 'b' | 'data', label: string) =>
      picker(document, `source-${what}`, label, (value) => {
        if (value === browseFile || value === browseFolder) actions.browse(what, value === browseFolder);
        else actions.choose({ [what]: value === nothing ? undefined : value });
      });
    this.sides = { a: make('a', 'A'), b: make('b', 'B') };
    this.data = make('data', l10n.t('Images'));
    this.element = html(
      document,
      'div',
      { class: 'pickers' },
      this.sides.a.element,
      this.sides.b.element,
      this.data.element,
    );
  }

  show({ sources, data, choice }: CompareSnapshot): void {
    const groups = sourceGroups(sources);
    for (const side of ['a', 'b'] as const) {
      const chosen = choice[side];
      const listed = chosen === undefined || sources.some(({ path }) => path === chosen);
      this.sides[side].set(
        [
          ...(chosen === undefined ? [placeholder(l10n.t('Choose a model or a dump'))] : []),
          ...(listed ? [] : [{ label: undefined, options: [optionOf(chosen)] }]),
          ...groups,
          elsewhere(),
        ],
        chosen ?? nothing,
      );
    }
    const compared = [choice.a, choice.b].map((path) => sources.find((source) => source.path === path));
    this.data.element.hidden =
      compared.every((source) => source?.kind === 'dump') || compared.every((source) => source === undefined);
    const own = compared.find((source) => source?.data !== undefined)?.data;
    const known = choice.data === undefined || data.some(({ path }) => path === choice.data);
    this.data.set(
      [
        placeholder(
          own === undefined ? l10n.t('Choose images') : l10n.t("The run's own: {0}", displayName(own, 40)),
        ),
        ...(known ? [] : [{ label: undefined, options: [optionOf(choice.data!)] }]),
        { label: l10n.t('Found'), options: data.map(named) },
        elsewhere(),
      ],
      choice.data ?? nothing,
    );
  }
}

function sourceGroups(sources: readonly CompareSource[]): OptionGroup[] {
  return (['run', 'checkpoint', 'dump'] as const).flatMap((kind) => {
    const options = sources.filter((source) => source.kind === kind).map(named);
    return options.length > 0 ? [{ label: kindNames[kind](), options }] : [];
  });
}

function named({ path, name, detail }: { path: string; name: string; detail: string }) {
  return { value: path, label: `${displayName(name, 40)} · ${displayName(detail, 40)}` };
}

function optionOf(path: string) {
  return { value: path, label: displayName(path, 60) };
}

function placeholder(label: string): OptionGroup {
  return { label: undefined, options: [{ value: nothing, label }] };
}

function elsewhere(): OptionGroup {
  return {
    label: l10n.t('Browse for'),
    options: [
      { value: browseFile, label: l10n.t('A File…') },
      { value: browseFolder, label: l10n.t('A Folder…') },
    ],
  };
}
