/** Asks which models, images, dimensions and axes an analysis is of, and remembers the answers. */
import * as vscode from 'vscode';
import type { LandscapeAxes } from '../../protocol/landscape';
import { type LandscapeChoice, landscapeChoice, possibleAxes } from '../../protocol/landscapePanel';
import { type FoundSources, findSources } from '../compare/compareSources';
import { bundledSample } from '../finetune/sample';
import type { RunsStore } from '../runs/runsStore';
import { back, type Choice, type ChoiceOrTitle, choiceTitle, pickStep } from '../ui/pickStep';
import { plainText } from '../ui/plainText';
import { analysedModel } from './analysedModel';

const rememberedKey = 'repsim.landscape.answers';

export interface LandscapeQuestion {
  readonly title: string;
  /** Chosen already: the run or checkpoint that the command was called on. */
  readonly checkpoint: string | undefined;
  /** Whether dimensions and axes matter. */
  readonly surface: boolean;
}

type StepName = 'model' | 'other' | 'data' | 'dims' | 'axes';
const browse: unique symbol = Symbol('browse');
const none: unique symbol = Symbol('no second model');
type PathAnswer = string | typeof browse | typeof none;
type Answer = PathAnswer | 1 | 2;

/** Undefined when the question was given up. */
export async function askLandscape(
  { title, checkpoint, surface }: LandscapeQuestion,
  context: vscode.ExtensionContext,
  store: RunsStore,
): Promise<LandscapeChoice | undefined> {
  const memory = context.workspaceState;
  const last = landscapeChoice.safeParse(memory.get(rememberedKey)).data;
  const found = findSources(store, bundledSample(context.extensionUri), {
    sources: last?.checkpoints ?? [],
    data: last?.data === undefined ? [] : [last.data],
  });
  const answers: { model?: string; other?: string; data?: string; dims?: 1 | 2; axes?: LandscapeAxes } = {
    ...(checkpoint !== undefined && { model: checkpoint }),
  };
  /** Which questions there are depends on the model: a run brings its own images. */
  const questions = async (): Promise<StepName[]> => {
    const { model } = answers;
    const own = model !== undefined && (await analysedModel(model)).run !== undefined;
    if (own) answers.data = undefined;
    return [
      ...(checkpoint === undefined ? (['model', 'other'] as const) : []),
      ...(own ? [] : (['data'] as const)),
      ...(surface ? (['dims', 'axes'] as const) : []),
    ];
  };

  const choicesOf = async (step: StepName): Promise<ChoiceOrTitle<Answer>[]> => {
    switch (step) {
      case 'model':
        return modelChoices(await found, undefined, last?.checkpoints[0]);
      case 'other':
        return modelChoices(await found, answers.model, last?.checkpoints[1]);
      case 'data':
        return dataChoices(await found, last?.data);
      case 'dims':
        return lastFirst(dimsChoices(), last?.dims);
      case 'axes':
        return lastFirst(axesChoices(answers.other === undefined ? 1 : 2, answers.dims ?? 1), last?.axes);
    }
  };

  for (let at = 0; ; ) {
    const steps = await questions();
    const step = steps[at];
    if (step === undefined) break;
    const answer = await pickStep<Answer>({
      title,
      step: at + 1,
      steps: steps.length,
      placeholder: placeholders(step),
      choices: choicesOf(step),
    });
    if (answer === undefined) return undefined;
    if (answer === back) {
      at--;
      continue;
    }
    const chosen = answer === browse ? await browseFor(step) : answer;
    if (chosen === undefined) continue;
    Object.assign(answers, { [step]: chosen === none ? undefined : chosen });
    at++;
  }
  const { model, other, data, dims, axes } = answers;
  const choice = landscapeChoice.parse({
    checkpoints: other === undefined ? [model] : [model, other],
    data,
    ...(surface ? { dims, axes } : sameSurface(last, other === undefined ? 1 : 2)),
  });
  await memory.update(rememberedKey, choice);
  return choice;
}

/** What was last looked at, where it can be looked at for so many models. */
function sameSurface(last: LandscapeChoice | undefined, models: number): Partial<LandscapeChoice> {
  if (!last || !possibleAxes(models, last.dims).includes(last.axes)) return {};
  return { dims: last.dims, axes: last.axes };
}

function placeholders(step: StepName): string {
  switch (step) {
    case 'model':
      return vscode.l10n.t('Model: a run or a checkpoint');
    case 'other':
      return vscode.l10n.t('A second model to draw beside it');
    case 'data':
      return vscode.l10n.t('Images that the loss is the mean over');
    case 'dims':
      return vscode.l10n.t('A slice or a plane');
    case 'axes':
      return vscode.l10n.t('Directions in weight space');
  }
}

function modelChoices(
  { sources }: FoundSources,
  taken: string | undefined,
  last: string | undefined,
): ChoiceOrTitle<PathAnswer>[] {
  const possible = sources.filter(({ path, kind }) => kind !== 'dump' && path !== taken);
  const choiceOf = ({ path, name, detail }: (typeof possible)[number]): Choice<PathAnswer> => ({
    label: plainText(name),
    description: plainText(detail),
    value: path,
  });
  const group = (label: string, kept: typeof possible) =>
    kept.length > 0 ? [choiceTitle(label), ...kept.map(choiceOf)] : [];
  const noSecond: Choice<PathAnswer> = { label: vscode.l10n.t('$(dash) No Second Model'), value: none };
  const rest = possible.filter(({ path }) => path !== last);
  return [
    ...(taken === undefined ? [] : [noSecond]),
    ...group(
      vscode.l10n.t('last time'),
      possible.filter(({ path }) => path === last),
    ),
    ...group(
      vscode.l10n.t('runs'),
      rest.filter(({ kind }) => kind === 'run'),
    ),
    ...group(
      vscode.l10n.t('checkpoints'),
      rest.filter(({ kind }) => kind === 'checkpoint'),
    ),
    ...browseChoice(),
  ];
}

function dataChoices({ data }: FoundSources, last: string | undefined): ChoiceOrTitle<PathAnswer>[] {
  const choices = data.map(({ path, name, detail }) => ({
    label: plainText(name),
    description: plainText(detail),
    value: path,
  }));
  return [...lastFirst<PathAnswer>(choices, last), ...browseChoice()];
}

function browseChoice(): ChoiceOrTitle<PathAnswer>[] {
  return [
    choiceTitle(vscode.l10n.t('elsewhere')),
    { label: vscode.l10n.t('$(folder) Browse for a Folder...'), value: browse },
  ];
}

function dimsChoices(): Choice<1 | 2>[] {
  return [
    {
      label: vscode.l10n.t('Slice'),
      detail: vscode.l10n.t('The loss along one line, all models on one picture.'),
      value: 1,
    },
    {
      label: vscode.l10n.t('Plane'),
      detail: vscode.l10n.t('The loss over two directions, as contours.'),
      value: 2,
    },
  ];
}

function axesChoices(models: number, dims: 1 | 2): Choice<LandscapeAxes>[] {
  const about: Record<LandscapeAxes, [label: string, detail: string]> = {
    random: [vscode.l10n.t('Random'), vscode.l10n.t('Filter-normalised: the same draws for every model.')],
    interpolate: [vscode.l10n.t('Between Checkpoints'), vscode.l10n.t('From the first model to the second.')],
    hessian: [
      vscode.l10n.t('Top Hessian Eigenvectors'),
      vscode.l10n.t('The steepest directions; takes Hessian-vector products first.'),
    ],
    trajectory: [
      vscode.l10n.t('Way of the Training'),
      vscode.l10n.t('Principal components of the checkpoints that the run kept.'),
    ],
  };
  return possibleAxes(models, dims).map((axes) => ({
    label: about[axes][0],
    detail: about[axes][1],
    value: axes,
  }));
}

function lastFirst<Value>(choices: readonly Choice<Value>[], last: Value | undefined): Choice<Value>[] {
  return [...choices.filter(({ value }) => value === last), ...choices.filter(({ value }) => value !== last)];
}

async function browseFor(step: StepName): Promise<string | undefined> {
  const data = step === 'data';
  const chosen = await vscode.window.showOpenDialog({
    title: placeholders(step),
    canSelectFolders: true,
    canSelectFiles: data,
  });
  return chosen?.[0]?.fsPath;
}
