/** One step of a question in several steps: a quick pick with the step's number, and a way back. */
import * as vscode from 'vscode';

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}
export type ChoiceOrTitle<T> =
  | Choice<T>
  | (vscode.QuickPickItem & { kind: vscode.QuickPickItemKind.Separator });

export interface Step<T> {
  readonly title: string;
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly placeholder: string;
  /** May take a while: the pick shows that it is busy. */
  readonly choices: Promise<readonly ChoiceOrTitle<T>[]>;
}

export const back = Symbol('back');

/** Undefined when the question was given up. */
export function pickStep<T>(step: Step<T>): Promise<T | typeof back | undefined> {
  const pick = vscode.window.createQuickPick<ChoiceOrTitle<T>>();
  pick.title = step.title;
  pick.step = step.step;
  pick.totalSteps = step.steps;
  pick.placeholder = step.placeholder;
  pick.matchOnDescription = true;
  pick.busy = true;
  pick.buttons = step.step > 1 ? [vscode.QuickInputButtons.Back] : [];
  return new Promise<T | typeof back | undefined>((resolve, reject) => {
    step.choices.then((choices) => {
      pick.items = choices;
      pick.busy = false;
    }, reject);
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen && 'value' in chosen) resolve(chosen.value);
    });
    pick.onDidTriggerButton(() => resolve(back));
    pick.onDidHide(() => resolve(undefined));
    pick.show();
  }).finally(() => pick.dispose());
}

/** A line above choices that belong together. */
export function choiceTitle(
  label: string,
): vscode.QuickPickItem & { kind: vscode.QuickPickItemKind.Separator } {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
