/** The view "Runs" as a person uses it. */
import type { Locator, Page } from 'playwright-core';
import { until } from '../../support/until';
import { openView, runCommand } from './workbench';

const rowSelector = '.part.sidebar .pane:has(h3.title:text-is("Runs")) .monaco-list-row[role="treeitem"]';

export class RunsViewPage {
  private constructor(private readonly page: Page) {}

  static async open(page: Page): Promise<RunsViewPage> {
    await openView(page, 'RepSim');
    const view = new RunsViewPage(page);
    await page.locator('.part.sidebar .pane:has(h3.title:text-is("Runs"))').waitFor();
    return view;
  }

  row(name: string | RegExp): Locator {
    return this.page.locator(rowSelector, { hasText: name }).first();
  }

  /** The names of the rows that can be seen, from the top. */
  names(): Promise<string[]> {
    return this.page.locator(`${rowSelector} .label-name`).allTextContents();
  }

  /** Clicks an action that a row shows while the mouse is over it. */
  async inline(name: string | RegExp, action: string): Promise<void> {
    const row = this.row(name);
    await until(`the action "${action}"`, async () => {
      try {
        await row.hover({ timeout: 3000 });
        await row.getByRole('button', { name: action }).click({ timeout: 3000 });
        return true;
      } catch (error) {
        if (this.page.isClosed()) throw error;
        return false;
      }
    });
  }

  /**
   * Presses a key on the rows that were clicked, until `answer` is there: VS Code tells an extension of a selection a moment after
   * the click, and a key that comes before is about other rows, or none.
   */
  async press(name: string | RegExp, key: string, answer: Locator): Promise<void> {
    await until(`what ${key} brings`, async () => {
      try {
        await this.row(name).press(key, { timeout: 5000 });
        await answer.waitFor({ timeout: 5000 });
        return true;
      } catch (error) {
        if (this.page.isClosed()) throw error;
        await this.page.keyboard.press('Escape');
        return false;
      }
    });
  }

  /** The names of the actions that a row shows while the mouse is over it. */
  async inlineActions(name: string | RegExp): Promise<string[]> {
    const buttons = this.row(name).locator('.actions .action-label');
    return until('the actions of the row', async () => {
      await this.row(name).hover();
      const names = await buttons.evaluateAll((all) =>
        all.map((one) => one.getAttribute('aria-label') ?? ''),
      );
      return names.length > 0 && names;
    });
  }

  /** The words beside the title of the view. */
  description(): Promise<string | null> {
    return this.page
      .locator('.part.sidebar .pane-header:has(h3.title:text-is("Runs")) .description')
      .textContent({ timeout: 1000 })
      .catch(() => null);
  }

  /** Runs a command that asks one question. Focus that comes back late closes the question: then all of it is tried again. */
  async ask(command: string, title: string, entry: string): Promise<void> {
    const widget = inputBox(this.page, title);
    await until(`"${entry}" of "${title}"`, async () => {
      try {
        await runCommand(this.page, command);
        await widget.locator('.monaco-list-row', { hasText: entry }).first().click({ timeout: 5000 });
        return true;
      } catch (error) {
        if (this.page.isClosed()) throw error;
        await this.page.keyboard.press('Escape');
        return false;
      }
    });
  }

  async filter(words: string): Promise<void> {
    await runCommand(this.page, 'RepSim: Filter Runs...');
    await answerInput(this.page, 'Filter Runs', words);
  }
}

/** The question whose title has `title`. */
export const inputBox = (page: Page, title: string | RegExp): Locator =>
  page.locator('.quick-input-widget', { has: page.locator('.quick-input-title', { hasText: title }) });

/** The modal dialog that has `text` in it. */
export const dialogBox = (page: Page, text: string | RegExp): Locator =>
  page.locator('.monaco-dialog-box', { hasText: text });

/** Fills the input box whose title has `title` and accepts it. */
export async function answerInput(page: Page, title: string | RegExp, text: string): Promise<void> {
  const input = inputBox(page, title).locator('input').first();
  await input.fill(text);
  await input.press('Enter');
}

/** Presses a button of the modal dialog that has `text` in it. */
export async function answerDialog(page: Page, text: string | RegExp, button: string): Promise<void> {
  const dialog = dialogBox(page, text);
  await dialog.getByRole('button', { name: button }).click();
  await dialog.waitFor({ state: 'detached' });
}
