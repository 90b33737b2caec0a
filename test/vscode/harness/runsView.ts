/** The view "Runs" as a person uses it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator, Page } from 'playwright-core';
import { until } from './until';
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

  /** Presses a key on the rows that were clicked. VS Code tells an extension of a selection a moment after the click. */
  async press(name: string | RegExp, key: string): Promise<void> {
    await sleep(500);
    await this.row(name).press(key);
  }

  /** The names of the actions that a row shows while the mouse is over it. */
  async inlineActions(name: string | RegExp): Promise<string[]> {
    await this.row(name).hover();
    const buttons = this.row(name).locator('.actions .action-label');
    await buttons.first().waitFor();
    return buttons.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
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
    const widget = this.page.locator('.quick-input-widget', {
      has: this.page.locator('.quick-input-title', { hasText: title }),
    });
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
    const input = this.page.locator('.quick-input-widget input').first();
    await input.fill(words);
    await this.page.keyboard.press('Enter');
  }
}

/** Fills the input box whose title has `title` and accepts it. */
export async function answerInput(page: Page, title: string | RegExp, text: string): Promise<void> {
  const widget = page.locator('.quick-input-widget', {
    has: page.locator('.quick-input-title', { hasText: title }),
  });
  await widget.waitFor();
  await widget.locator('input').first().fill(text);
  await page.keyboard.press('Enter');
}

/** Presses a button of the modal dialog that has `text` in it. */
export async function answerDialog(page: Page, text: string | RegExp, button: string): Promise<void> {
  const dialog = page.locator('.monaco-dialog-box', { hasText: text });
  await dialog.waitFor();
  await dialog.getByRole('button', { name: button }).click();
  await dialog.waitFor({ state: 'detached' });
}
