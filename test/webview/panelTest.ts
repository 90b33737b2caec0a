/** What the tests of the panels share: a browser, panels on which nothing may go wrong, and how their text is read. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import {
  bundlePanel,
  launchBrowser,
  type PanelBundle,
  type PanelName,
  type PanelOptions,
  PanelPage,
} from './panelPage';

/** Pictures that the tests keep, to be looked at. */
export const pictures = path.join(__dirname, '../../test-results/webview');
export const layers = ['block.0', 'block.1', 'block.2', 'block.3', 'block.4', 'block.5', 'final'];
let browser: Browser;
const bundles = new Map<PanelName, Promise<PanelBundle>>();

before(async () => {
  mkdirSync(pictures, { recursive: true });
  browser = await launchBrowser();
});
after(() => browser?.close());

/** The browser that runs while tests do. */
export function currentBrowser(): Browser {
  return browser;
}

/** Opens a panel, does something with it, and holds that nothing went wrong on the page meanwhile. */
export async function withPanel(
  options: PanelOptions,
  work: (panel: PanelPage) => Promise<void>,
): Promise<void> {
  const { name = 'drift' } = options;
  if (!bundles.has(name)) bundles.set(name, bundlePanel(name));
  const panel = await PanelPage.open(browser, await bundles.get(name)!, options);
  try {
    await work(panel);
    assert.deepEqual(panel.problems, []);
  } finally {
    await panel.close();
  }
}

/** The newest value that a layer's line shows. */
export async function lastOf(panel: PanelPage, layer: string): Promise<number> {
  const line = panel.page.locator(`#similarity-chart [data-series="${layer}"] .line`);
  return Number(await line.getAttribute('data-last'));
}

/** The text that a person sees there. */
export async function shown(where: Locator): Promise<string> {
  return (await where.allInnerTexts()).join('\n');
}

export function close(actual: number, expected: number, tolerance = 1e-9): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}
