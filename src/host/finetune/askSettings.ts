/** "RepSim: Finetune" asks for the checkpoint, the data and the method, and remembers the answers. */
import path from 'node:path';
import * as vscode from 'vscode';
import { back, type Choice, pickStep } from '../ui/pickStep';
import { askPath } from './askPath';
import { dataFiles, findCheckpoints, findData, weightFiles } from './findInputs';
import { type MethodSettings, methodChoices } from './methodChoices';
import type { Sample } from './sample';

export interface Answers {
  readonly checkpoint: string;
  readonly data: string;
  readonly method: MethodSettings;
  /** Start now, or open the settings in a file first. */
  readonly then: 'start' | 'edit';
}

const rememberedKey = 'repsim.finetune.answers';

/** What is `given` already is not asked for. Undefined when the question was given up. */
export async function askSettings(
  memory: vscode.Memento,
  sample: Sample,
  given: { readonly checkpoint?: string | undefined; readonly data?: string | undefined },
): Promise<Answers | undefined> {
  const title = vscode.l10n.t('RepSim: Finetune');
  const last = memory.get<Partial<Answers>>(rememberedKey) ?? {};
  const answers: { -readonly [Key in keyof Answers]?: Answers[Key] } = { ...given };
  const questions = (['checkpoint', 'data', 'method', 'then'] as const).filter(
    (question) => answers[question] === undefined,
  );
  const ask = async (question: keyof Answers): Promise<Answers[keyof Answers] | typeof back | undefined> => {
    const place = { title, step: questions.indexOf(question) + 1, steps: questions.length };
    switch (question) {
      case 'checkpoint':
        return askPath({
          ...place,
          placeholder: vscode.l10n.t('Checkpoint: the folder or the file of the pretrained model'),
          found: findCheckpoints(),
          last: last.checkpoint,
          sample: sample.checkpoint,
          files: weightFiles,
        });
      case 'data':
        return askPath({
          ...place,
          placeholder: vscode.l10n.t('Data: an .npz in MedMNIST layout, or a folder of class folders'),
          found: findData(),
          last: last.data,
          sample: sample.data,
          files: dataFiles,
        });
      case 'method':
        return pickStep({
          ...place,
          placeholder: vscode.l10n.t('Method'),
          choices: Promise.resolve(lastFirst(methodChoices(), last.method)),
        });
      case 'then':
        return pickStep({ ...place, placeholder: answerLine(answers), choices: startChoices() });
    }
  };
  for (let at = 0; at < questions.length; ) {
    const question = questions[at]!;
    const answer = await ask(question);
    if (answer === undefined) return undefined;
    if (answer === back) {
      at--;
    } else {
      Object.assign(answers, { [question]: answer });
      at++;
    }
  }
  const { then: _, ...remembered } = answers;
  await memory.update(rememberedKey, remembered);
  return answers as Answers;
}

function lastFirst(
  choices: Choice<MethodSettings>[],
  last: MethodSettings | undefined,
): Choice<MethodSettings>[] {
  const isLast = ({ value }: Choice<MethodSettings>) =>
    value.method === last?.method && value.lambda === last?.lambda;
  return [...choices.filter(isLast), ...choices.filter((choice) => !isLast(choice))];
}

async function startChoices(): Promise<Choice<Answers['then']>[]> {
  const { finetuneSettings } = await import('../../protocol/settings');
  const { epochs, batch } = finetuneSettings.parse({ checkpoint: '-', data: '-' });
  return [
    {
      label: vscode.l10n.t('$(play) Start'),
      detail: vscode.l10n.t('{0} epochs, batch {1}, the other settings by their defaults', epochs, batch),
      value: 'start',
    },
    {
      label: vscode.l10n.t('$(edit) Edit Settings...'),
      detail: vscode.l10n.t('Opens repsim.json with these answers; run it from there.'),
      value: 'edit',
    },
  ];
}

function answerLine({ checkpoint, data, method }: Partial<Answers>): string {
  const names = [checkpoint, data].map((file) => path.basename(file ?? ''));
  return [method?.method, ...names].join(' · ');
}
