/** "RepSim: Compare Representations..." asks for the two sides, and for the images where those have none of their own. */
import * as vscode from 'vscode';
import type { CompareSource, SourceKind } from '../../protocol/comparePanel';
import { back, type Choice, type ChoiceOrTitle, choiceTitle, pickStep } from '../ui/pickStep';
import { plainText } from '../ui/plainText';
import { type FoundSources, imagesOf } from './compareSources';

export interface ComparedSources {
  readonly a: string;
  readonly b: string;
  readonly data: string | undefined;
}

type Browse = (what: 'a' | 'b' | 'data', folder: boolean) => Promise<string | undefined>;

const browseFile = Symbol('browse for a file');
const browseFolder = Symbol('browse for a folder');
type PathChoice = string | typeof browseFile | typeof browseFolder;

/** `given`: side A where it is known already; it is not asked for then. Undefined when the question was given up. */
export async function askSources(
  found: Promise<FoundSources>,
  browse: Browse,
  given?: string,
): Promise<ComparedSources | undefined> {
  const chosen: { a?: string; b?: string } = {};
  const before = given === undefined ? 0 : 1;
  const ask = async (what: 'a' | 'b' | 'data'): Promise<string | typeof back | undefined> => {
    const answer = await pickStep<PathChoice>({
      title: vscode.l10n.t('RepSim: Compare Representations'),
      step: { a: 1, b: 2, data: 3 }[what] - before,
      steps: (what === 'data' ? 3 : 2) - before,
      placeholder: placeholderOf(what),
      choices: found.then((all) => (what === 'data' ? dataChoices(all) : sourceChoices(all, chosen.a))),
    });
    if (answer !== browseFile && answer !== browseFolder) return answer;
    return (await browse(what, answer === browseFolder)) ?? ask(what);
  };
  for (;;) {
    const a = given ?? (await ask('a'));
    if (a === undefined || a === back) return undefined;
    chosen.a = a;
    const b = await ask('b');
    if (b === undefined) return undefined;
    if (b === back) continue;
    const measures = ['-'];
    if ((await imagesOf({ a, b, measures, samples: 'cls' })) !== 'incomplete')
      return { a, b, data: undefined };
    const data = await ask('data');
    if (data === undefined) return undefined;
    if (data !== back) return { a, b, data };
  }
}

function placeholderOf(what: 'a' | 'b' | 'data'): string {
  switch (what) {
    case 'a':
      return vscode.l10n.t('A: a checkpoint, a run, or a dump of activations');
    case 'b':
      return vscode.l10n.t('B: what to compare it with');
    case 'data':
      return vscode.l10n.t('Images that both models see');
  }
}

function sourceChoices({ sources }: FoundSources, taken: string | undefined): ChoiceOrTitle<PathChoice>[] {
  const titles: Record<SourceKind, string> = {
    run: vscode.l10n.t('runs'),
    checkpoint: vscode.l10n.t('checkpoints'),
    dump: vscode.l10n.t('dumps of activations'),
  };
  const groups = (['run', 'checkpoint', 'dump'] as const).flatMap((kind) => {
    const ofKind = sources.filter((source) => source.kind === kind && source.path !== taken);
    return ofKind.length > 0 ? [choiceTitle(titles[kind]), ...ofKind.map(sourceChoice)] : [];
  });
  return [...groups, ...browseChoices()];
}

function sourceChoice({ path, name, detail }: CompareSource): Choice<PathChoice> {
  return { label: plainText(name), description: plainText(detail), value: path };
}

function dataChoices({ data }: FoundSources): ChoiceOrTitle<PathChoice>[] {
  return [
    ...data.map(({ path, name, detail }) => ({
      label: plainText(name),
      description: plainText(detail),
      value: path,
    })),
    ...browseChoices(),
  ];
}

function browseChoices(): ChoiceOrTitle<PathChoice>[] {
  return [
    choiceTitle(vscode.l10n.t('elsewhere')),
    { label: vscode.l10n.t('$(file) Browse for a File...'), value: browseFile },
    { label: vscode.l10n.t('$(folder) Browse for a Folder...'), value: browseFolder },
  ];
}
