/** The one way in which things that went wrong reach the user: a short sentence with "Show Log", details in the log. */
import * as vscode from 'vscode';
import { plainText } from './plainText';

/** The log has what is longer. */
const longestMessage = 600;

/** What stands in the way and what to do about it, in one sentence for the person at the keyboard. */
export class HostError extends Error {
  override readonly name = 'HostError';
}

/** A button of the message. */
export interface FailureAction {
  readonly title: string;
  run(): unknown;
}

export class Failures {
  constructor(private readonly output: vscode.LogOutputChannel) {}

  /** Only logs the sentence: a panel shows it. */
  log(sentence: string): void {
    this.output.error(sentence);
  }

  /**
   * Shows the sentence, with what can be done about it. Does not wait until the message is closed. Whatever names are in it: VS Code
   * would make links of some, which run commands.
   */
  show(sentence: string, action?: FailureAction): void {
    this.output.error(sentence);
    const showLog = vscode.l10n.t('Show Log');
    const titles = action ? [action.title, showLog] : [showLog];
    vscode.window.showErrorMessage(plainText(sentence, longestMessage), ...titles).then((chosen) => {
      if (chosen === showLog) this.output.show(true);
      else if (action && chosen === action.title) this.guard(() => action.run());
    });
  }

  /** Runs `work` and shows what it throws; the result is undefined then. */
  async guard<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof HostError) {
        this.show(error.message);
      } else {
        this.output.error(error instanceof Error ? error : String(error));
        const what = error instanceof Error ? error.message : String(error);
        this.show(vscode.l10n.t('A fault in RepSim: {0}. Please report it with the log.', what));
      }
      return undefined;
    }
  }

  /** Runs work that nobody asked for, such as drawing beside code: what it throws is only logged. */
  async quietly<T>(work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      this.output.error(error instanceof Error ? error : String(error));
      return undefined;
    }
  }

  /** A command whose failures are shown. */
  command(id: string, run: (...args: unknown[]) => unknown): vscode.Disposable {
    return vscode.commands.registerCommand(id, (...args: unknown[]) => this.guard(() => run(...args)));
  }
}
