/** The panel "Loss Landscape" as its page shows it: read from the DOM inside the frames of the webview. */
import type { Frame, Page } from 'playwright-core';
import { until } from '../../support/until';
import { webviewFrame } from './workbench';

export class LandscapePage {
  private constructor(readonly frame: Frame) {}

  /** `title`: what its heading has in it. */
  static async find(page: Page, title: string): Promise<LandscapePage> {
    return new LandscapePage(await webviewFrame(page, `#landscape-title:text-is("${title}")`));
  }

  state(what: 'landscape' | 'sharpness'): Promise<string | null> {
    return this.frame.locator('#app').getAttribute(`data-${what}`);
  }

  async waitForState(what: 'landscape' | 'sharpness', state: string, timeout = 240_000): Promise<void> {
    await until(
      `the ${what} to be ${state}`,
      async () => {
        const now = await this.state(what);
        if (now === 'failed' && state !== 'failed') throw new Error((await this.messages(what)).join('\n'));
        return now === state;
      },
      { timeout },
    );
  }

  messages(what: 'landscape' | 'sharpness'): Promise<string[]> {
    return this.frame.locator(`#${what}-status .messages li`).allTextContents();
  }

  /** Points of each curve of the slice, as drawn. */
  curves(): Promise<[x: number, y: number | null][][]> {
    return this.frame
      .locator('#slice-chart .line')
      .evaluateAll((lines) => lines.map((line) => JSON.parse(line.getAttribute('data-values') ?? '[]')));
  }

  /** The plane as its table holds it, the first row of y first. */
  async plane(model: number): Promise<(number | null)[][]> {
    const figure = this.frame.locator(`#plane-chart-${model}`);
    await figure.locator('details').evaluate((details) => {
      (details as HTMLDetailsElement).open = true;
    });
    await figure.locator('table').waitFor();
    const rows = await figure.locator('tbody tr').evaluateAll((all) =>
      all.map((row) =>
        [...row.querySelectorAll('td')].map((cell) => {
          const value = cell.getAttribute('data-value');
          return value === null ? null : Number(value);
        }),
      ),
    );
    return rows.reverse();
  }

  /** The figures of sharpness by their name, one a model. */
  async figures(): Promise<Map<string, (number | null)[]>> {
    const rows = await this.frame.locator('#sharpness-figures tbody tr').evaluateAll((all) =>
      all.map((row): [string, (number | null)[]] => [
        row.querySelector('th')?.textContent ?? '',
        [...row.querySelectorAll('td')].map((cell) => {
          const value = cell.getAttribute('data-value');
          return value === null ? null : Number(value);
        }),
      ]),
    );
    return new Map(rows);
  }
}
