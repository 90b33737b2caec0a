/** Code as an editor of the window shows it: its lenses, and what is drawn at the end of lines. */
import type { Page } from 'playwright-core';
import { until } from '../../support/until';

export interface EndOfLine {
  /** Number of the line, from 1. */
  readonly line: number;
  readonly text: string;
  /** As the browser computed it. */
  readonly color: string;
}

export class CodeEditor {
  constructor(
    private readonly page: Page,
    private readonly file: string,
  ) {}

  /** Titles of the lenses, from top to bottom. */
  lenses(): Promise<string[]> {
    return this.editor().locator('.codelens-decoration a').allTextContents();
  }

  async waitForLens(title: RegExp): Promise<string> {
    return until(
      `a lens ${title} in ${this.file}`,
      async () => (await this.lenses()).find((lens) => title.test(lens)),
      { timeout: 60_000 },
    );
  }

  async clickLens(title: RegExp): Promise<void> {
    await this.waitForLens(title);
    await this.editor().locator('.codelens-decoration a', { hasText: title }).first().click();
  }

  /** What extensions have drawn behind the text of lines. */
  async endsOfLines(): Promise<EndOfLine[]> {
    const found = await this.editor().evaluate((editor) => {
      const tops = new Map(
        [...editor.querySelectorAll<HTMLElement>('.margin-view-overlays > div')].map((margin) => [
          margin.style.top,
          Number(margin.querySelector('.line-numbers')?.textContent),
        ]),
      );
      return [...editor.querySelectorAll<HTMLElement>('.view-lines .view-line')].flatMap((line) =>
        [...line.querySelectorAll('span')].flatMap((span) => {
          const { content, color } = getComputedStyle(span, '::after');
          const text = /^"(.*)"$/s.exec(content)?.[1];
          return text ? [{ line: tops.get(line.style.top) ?? 0, text: text.trim(), color }] : [];
        }),
      );
    });
    return found;
  }

  /** Puts the cursor into the line of this number, from 1. */
  async putCursor(line: number): Promise<void> {
    await this.editor()
      .locator('.view-lines')
      .first()
      .focus()
      .catch(() => {});
    await this.page.keyboard.press('Control+G');
    const input = this.page.locator('.quick-input-widget input').first();
    await input.waitFor({ state: 'visible' });
    await input.fill(`:${line}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.statusbar-item', { hasText: `Ln ${line}, Col` }).waitFor();
  }

  private editor() {
    return this.page.locator(`.editor-instance[aria-label*="${this.file}"], .editor-instance`, {
      has: this.page.locator(`.monaco-editor[data-uri$="${this.file}"]`),
    });
  }
}
