/** The page "Representations" as it shows a comparison: read from the DOM inside the frames of the webview. */
import type { Frame, Page } from 'playwright-core';
import { until } from '../../support/until';
import { webviewFrame } from './workbench';

export class ComparePage {
  private constructor(readonly frame: Frame) {}

  /** `large`: the editor, else the view in the side bar. */
  static async find(page: Page, large = false): Promise<ComparePage> {
    const selector = `#app[data-compare]${large ? '.large' : ':not(.large)'}`;
    return new ComparePage(await webviewFrame(page, selector));
  }

  state(): Promise<string | null> {
    return this.frame.locator('#app').getAttribute('data-compare');
  }

  async waitForState(state: string, timeout = 240_000): Promise<void> {
    await until(
      `the page to say ${state}`,
      async () => {
        const now = await this.state();
        if (now === 'failed' && state !== 'failed') throw new Error((await this.messages()).join('\n'));
        return now === state;
      },
      { timeout },
    );
  }

  messages(): Promise<string[]> {
    return this.frame.locator('#messages li').allTextContents();
  }

  /** Which measures are drawn. */
  measures(): Promise<string[]> {
    return this.frame
      .locator('.measure')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-measure') ?? ''));
  }

  /** The matrix as the heat map's table holds it. */
  async matrix(measure: string): Promise<(number | null)[][]> {
    const figure = this.frame.locator(`#heat-${measure}`);
    await figure.locator('details').evaluate((details) => {
      (details as HTMLDetailsElement).open = true;
    });
    await figure.locator('table').waitFor();
    return figure.locator('tbody tr').evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll('td')].slice(0, -1).map((cell) => {
          const value = cell.getAttribute('data-value');
          return value === null ? null : Number(value);
        }),
      ),
    );
  }

  /** Rows that were compared, and whether that was a first look. */
  async sampled(measure: string): Promise<{ n: number; coarse: boolean }> {
    const section = this.frame.locator(`.measure[data-measure="${measure}"]`);
    return {
      n: Number(await section.getAttribute('data-n')),
      coarse: (await section.getAttribute('data-coarse')) === 'true',
    };
  }
}
