/** The drift panel as its page shows it: read from the DOM inside the frames of the webview. */
import type { Frame, Page } from 'playwright-core';
import { until } from '../../support/until';
import { webviewFrame } from './workbench';

export interface DrawnSeries {
  readonly layer: string;
  /** Pairs of step and similarity, as drawn. */
  readonly points: readonly (readonly [number, number])[];
}

export class DriftPanel {
  private constructor(readonly frame: Frame) {}

  static async find(page: Page): Promise<DriftPanel> {
    return new DriftPanel(await webviewFrame(page, '#app[data-state]'));
  }

  state(): Promise<string | null> {
    return this.frame.locator('#app').getAttribute('data-state');
  }

  async waitForState(state: string, timeout = 180_000): Promise<void> {
    await until(`the panel to say ${state}`, async () => (await this.state()) === state, { timeout });
  }

  /** Optimiser steps done, from the line of progress; 0 before there are any. */
  async step(): Promise<number> {
    const words = (await this.frame.locator('#progress').textContent()) ?? '';
    return Number((/step ([\d,. \u00a0\u202f]+) of/.exec(words)?.[1] ?? '0').replace(/\D/g, ''));
  }

  /** The lines of the similarity chart, one a layer. */
  async similarity(): Promise<DrawnSeries[]> {
    return this.frame.locator('#similarity-chart').evaluate((figure) =>
      [...figure.querySelectorAll('.series[data-series]')].map((series) => ({
        layer: series.getAttribute('data-series') ?? '',
        points: JSON.parse(series.querySelector('[data-values]')?.getAttribute('data-values') ?? '[]'),
      })),
    );
  }

  /** The layer that is picked out. */
  async picked(): Promise<string | undefined> {
    const buttons = this.frame.locator('.legend button[aria-pressed="true"]');
    return (await buttons.allTextContents())[0];
  }

  async pick(layer: string): Promise<void> {
    if ((await this.picked()) === layer) return;
    await this.frame.locator('.legend button', { hasText: layer }).first().click();
  }

  /** Presses the button that the picked layer has. */
  goToSource(): Promise<void> {
    return this.frame.locator('#go-to-source').click();
  }

  messages(): Promise<string[]> {
    return this.frame.locator('#messages li').allTextContents();
  }

  /** Rows of the tables of the result: heading and value. */
  async result(): Promise<Map<string, string>> {
    const rows = await this.frame
      .locator('#result tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')));
    return new Map(rows.map(([name = '', ...values]) => [name, values.join(' ')]));
  }
}
