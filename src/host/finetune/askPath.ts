/** One step of a question: a file or folder of the workspace, the sample, the last answer, or any other. */
import path from 'node:path';
import * as vscode from 'vscode';
import { type back, type Choice, type ChoiceOrTitle, choiceTitle, pickStep } from '../ui/pickStep';

const browseFile = Symbol('browse for a file');
const browseFolder = Symbol('browse for a folder');
export const withoutPath = Symbol('without a path');
type PathChoice = string | typeof browseFile | typeof browseFolder | typeof withoutPath;

export interface PathQuestion {
  readonly title: string;
  readonly step: number;
  readonly steps: number;
  readonly placeholder: string;
  readonly found: Promise<string[]>;
  readonly last: string | undefined;
  readonly sample: string;
  /** Endings of the files that are possible as well as folders. */
  readonly files: readonly string[];
  /** Goes on without a path, where that is possible. */
  readonly without?: { readonly label: string; readonly detail: string } | undefined;
}

/** Undefined when the question was given up; `withoutPath` where that was offered and chosen. */
export async function askPath(
  question: PathQuestion & { readonly without: object },
): Promise<string | typeof back | typeof withoutPath | undefined>;
export async function askPath(question: PathQuestion): Promise<string | typeof back | undefined>;
export async function askPath(
  question: PathQuestion,
): Promise<string | typeof back | typeof withoutPath | undefined> {
  for (;;) {
    const { title, step, steps, placeholder } = question;
    const answer = await pickStep<PathChoice>({
      title,
      step,
      steps,
      placeholder,
      choices: pathChoices(question),
    });
    if (answer !== browseFile && answer !== browseFolder) return answer;
    const folders = answer === browseFolder;
    const chosen = await vscode.window.showOpenDialog({
      title: placeholder,
      canSelectFolders: folders,
      canSelectFiles: !folders,
      filters: folders ? undefined : { [question.files.join(', ')]: [...question.files] },
    });
    if (chosen?.[0]) return chosen[0].fsPath;
  }
}

async function pathChoices({
  found,
  last,
  sample,
  without,
}: PathQuestion): Promise<ChoiceOrTitle<PathChoice>[]> {
  const paths = (await found).filter((file) => file !== last);
  const choices: ChoiceOrTitle<PathChoice>[] = [];
  if (without) choices.push({ ...without, value: withoutPath });
  if (last !== undefined && last !== sample) {
    choices.push(choiceTitle(vscode.l10n.t('last time')), pathChoice(last));
  }
  const bundled = [
    choiceTitle(vscode.l10n.t('bundled sample')),
    { ...pathChoice(sample), description: vscode.l10n.t('comes with RepSim') },
  ];
  if (last === sample) choices.push(...bundled);
  if (paths.length > 0)
    choices.push(choiceTitle(vscode.l10n.t('in the workspace')), ...paths.map(pathChoice));
  if (last !== sample) choices.push(...bundled);
  choices.push(choiceTitle(vscode.l10n.t('elsewhere')));
  choices.push({ label: vscode.l10n.t('$(file) Browse for a File...'), value: browseFile });
  choices.push({ label: vscode.l10n.t('$(folder) Browse for a Folder...'), value: browseFolder });
  return choices;
}

function pathChoice(file: string): Choice<PathChoice> {
  return {
    label: path.basename(file),
    description: vscode.workspace.asRelativePath(path.dirname(file)),
    value: file,
  };
}
