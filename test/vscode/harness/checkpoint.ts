/** The checkpoint preview as its page shows it: read from the DOM inside the frames of the webview. */
import type { Frame, Page } from 'playwright-core';
import { until } from '../../support/until';
import { webviewFrame } from './workbench';

export class CheckpointPreview {
  private constructor(readonly frame: Frame) {}

  /** `name`: of the file. */
  static async find(page: Page, name: string): Promise<CheckpointPreview> {
    return new CheckpointPreview(await webviewFrame(page, `#checkpoint-name:text-is("${name}")`));
  }

  async waitForState(state: 'done' | 'failed'): Promise<void> {
    await until(
      `the preview to be ${state}`,
      async () => (await this.frame.locator('#app').getAttribute('data-checkpoint')) === state,
    );
  }

  totals(): Promise<string | null> {
    return this.frame.locator('#totals').textContent();
  }

  messages(): Promise<string[]> {
    return this.frame.locator('#messages li').allTextContents();
  }

  labels(): Promise<string[]> {
    return this.frame.locator('.tree-row .name').allTextContents();
  }

  async filter(text: string): Promise<void> {
    await this.frame.locator('#filter').fill(text);
  }

  async select(label: string): Promise<void> {
    await this.frame
      .locator('.tree-row', { has: this.frame.locator(`.name:text-is("${label}")`) })
      .first()
      .click();
  }

  /** Asks for the statistics of what is selected; the figures by name. */
  async statistics(): Promise<Map<string, number | null>> {
    await this.frame.locator('#statistics').click();
    await this.frame.locator('#figures table').waitFor();
    const rows = await this.frame.locator('#figures tbody tr').evaluateAll((all) =>
      all.map((row): [string, number | null] => {
        const value = row.querySelector('td')?.getAttribute('data-value');
        return [row.querySelector('th')?.textContent ?? '', value == null ? null : Number(value)];
      }),
    );
    return new Map(rows);
  }
}
