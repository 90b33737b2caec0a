/** What a person sees and does in VS Code's window, as functions of its page. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Frame, Locator, Page } from 'playwright-core';
import { until } from '../../support/until';

export const quickInput = (page: Page): Locator => page.locator('.quick-input-widget');

/** Opens VS Code's page and waits until its workbench can be used. */
export async function openWorkbench(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 90_000 });
  await page.getByRole('treeitem').first().waitFor({ timeout: 90_000 });
}

/** Runs a command by its full title ("RepSim: Finetune") from the palette. */
export function runCommand(page: Page, title: string): Promise<void> {
  return choose(page, 'F1', `>${title}`, new RegExp(`^${literally(title)}$`));
}

/** Opens a file of the workspace by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await choose(page, 'Control+P', name, new RegExp(`^${literally(name)}$`));
  await editorTabs(page, name).first().waitFor();
}

/**
 * Presses `key`, types into the input that appears and clicks the entry with that label. An editor that opens just
 * then takes the focus, which closes the input: so all of it is tried again.
 */
async function choose(page: Page, key: string, text: string, label: RegExp): Promise<void> {
  const input = quickInput(page).locator('input').first();
  const row = quickInput(page)
    .locator('.monaco-list-row', { has: page.locator('.label-name', { hasText: label }) })
    .first();
  await until(`"${text}" among the entries of ${key}`, async () => {
    try {
      await page.keyboard.press(key);
      await input.waitFor({ state: 'visible', timeout: 3000 });
      await input.fill(text, { timeout: 3000 });
      await row.click({ timeout: 5000 });
      return true;
    } catch (error) {
      if (page.isClosed()) throw error;
      await page.keyboard.press('Escape');
      return false;
    }
  });
}

/** Waits for the quick pick whose title or placeholder has `step`, and chooses the entry that has `entry` in it. */
export async function answerQuickPick(
  page: Page,
  step: string | RegExp,
  entry: string | RegExp,
): Promise<void> {
  await waitForQuickPick(page, step);
  await quickInput(page).locator('.monaco-list-row', { hasText: entry }).first().click();
}

export async function waitForQuickPick(page: Page, step: string | RegExp): Promise<void> {
  await quickInput(page)
    .locator('.quick-input-title', { hasText: step })
    .or(quickInput(page).getByPlaceholder(step))
    .first()
    .waitFor();
}

/**
 * Opens a view of the activity bar by its name. A window that has just been loaded may show the view between the look
 * and the click, which then hides it again: so the title is waited for, and else the click is repeated.
 */
export async function openView(page: Page, name: string): Promise<void> {
  const tab = page.locator('.activitybar').getByRole('tab', { name }).first();
  const title = page.locator('.part.sidebar > .title .title-label', { hasText: name });
  await until(`the view "${name}"`, async () => {
    try {
      if ((await tab.getAttribute('aria-expanded', { timeout: 5000 })) !== 'true')
        await tab.click({ timeout: 5000 });
      await title.waitFor({ timeout: 5000 });
      return true;
    } catch (error) {
      if (page.isClosed()) throw error;
      return false;
    }
  });
}

export async function hideSideBar(page: Page): Promise<void> {
  const sideBar = page.locator('.part.sidebar');
  await until(
    'the side bar to be gone',
    async () => {
      if (!(await sideBar.isVisible())) return true;
      await runCommand(page, 'View: Toggle Primary Side Bar Visibility');
      return false;
    },
    { interval: 1000 },
  );
}

/** Gives up the question that is asked. */
export async function dismissQuestion(page: Page): Promise<void> {
  await until(
    'the question to be gone',
    async () => {
      if (!(await quickInput(page).isVisible())) return true;
      await page.keyboard.press('Escape');
      return false;
    },
    { interval: 200 },
  );
}

/** Opens a folder of the Explorer's tree. */
export async function expandFolder(page: Page, name: string): Promise<void> {
  const row = treeRows(page, name).first();
  await until(
    `the folder ${name} to be open`,
    async () => {
      if ((await row.getAttribute('aria-expanded')) === 'true') return true;
      await row.click();
      return false;
    },
    { interval: 500 },
  );
}

/** Chooses an entry of the context menu of something. */
export async function chooseFromMenu(page: Page, of: Locator, entry: string | RegExp): Promise<void> {
  await until(`"${entry}" in the menu`, async () => {
    try {
      await of.click({ button: 'right', timeout: 5000 });
      const label = page.locator('.context-view .monaco-menu .action-label', { hasText: entry }).first();
      await label.hover({ timeout: 5000 });
      // A menu takes no click in its first tenth of a second, which is meant for the hand that opened it.
      await sleep(150);
      await label.click({ timeout: 5000 });
      // Only a menu that stays has missed the click; a second one would do the same again.
      await label.waitFor({ state: 'detached', timeout: 15_000 });
      return true;
    } catch (error) {
      if (page.isClosed()) throw error;
      await page.keyboard.press('Escape');
      return false;
    }
  });
}

/** The rows of the side bar's trees. */
export const treeRows = (page: Page, text: string | RegExp): Locator =>
  page.locator('.part.sidebar .monaco-list-row[role="treeitem"]', { hasText: text });

export const notifications = (page: Page, text: string | RegExp): Locator =>
  page.locator('.notification-toast', { hasText: text });

/**
 * Presses a button of a notification, until what it brings is there: one that still moves into its place, or gives way to another, may
 * miss the click. It goes away with the click that it takes.
 */
export async function answerNotification(
  page: Page,
  text: string | RegExp,
  button: string,
  brings: Locator,
): Promise<void> {
  const toast = notifications(page, text);
  await toast.first().waitFor();
  await until(`what "${button}" brings`, async () => {
    try {
      if (await toast.count())
        await toast.first().getByRole('button', { name: button }).click({ timeout: 3000 });
      await brings.waitFor({ timeout: 5000 });
      return true;
    } catch (error) {
      if (page.isClosed()) throw error;
      return false;
    }
  });
}

export async function clearNotifications(page: Page): Promise<void> {
  await runCommand(page, 'Notifications: Clear All Notifications');
  await page.locator('.notification-toast').first().waitFor({ state: 'detached' });
}

/** What the Problems view lists below the files, each with its place. */
export async function problems(page: Page): Promise<string[]> {
  const panel = page.locator('.markers-panel');
  if (!(await panel.isVisible())) {
    await runCommand(page, 'Problems: Focus on Problems View');
    await panel.waitFor();
  }
  return panel.locator('.monaco-list-row[aria-level="2"]').allTextContents();
}

export const statusBarItem = (page: Page, text: string | RegExp): Locator =>
  page.locator('.statusbar-item', { hasText: text });

export const editorTabs = (page: Page, text: string | RegExp): Locator =>
  page.locator('.tabs-container .tab', { hasText: text });

/** The innermost frame of the webview in which `selector` exists: page > iframe.webview > iframe#active-frame. */
export function webviewFrame(page: Page, selector: string): Promise<Frame> {
  return until(
    `a webview with ${selector}`,
    async () => {
      for (const frame of page.frames()) {
        if (!frame.parentFrame()?.parentFrame()) continue;
        // A frame may go away while it is looked into.
        if (
          await frame
            .locator(selector)
            .count()
            .catch(() => 0)
        )
          return frame;
      }
      return undefined;
    },
    { interval: 100 },
  );
}

/** Text of the Output panel's channel that is open. */
export async function outputText(page: Page): Promise<string> {
  const lines = await page.locator('.part.panel .view-lines .view-line').allTextContents();
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

/** Themes of every kind, by the labels of VS Code's picker, and the class that it gives to the pages of panels. */
export const themes = [
  ['Light Modern', 'vscode-light'],
  ['Dark Modern', 'vscode-dark'],
  ['Dark High Contrast', 'vscode-high-contrast'],
  ['Light High Contrast', 'vscode-high-contrast-light'],
] as const;

/** Chooses a colour theme by the label that VS Code's own picker shows. */
export async function chooseTheme(page: Page, label: string): Promise<void> {
  await runCommand(page, 'Preferences: Color Theme');
  const picker = quickInput(page).getByPlaceholder(/Color Theme/);
  await picker.fill(label);
  const row = quickInput(page).locator('.monaco-list-row', {
    has: page.locator('.label-name', { hasText: new RegExp(`^${literally(label)}$`) }),
  });
  await row.first().click();
  await quickInput(page).waitFor({ state: 'hidden' });
}

/** Milliseconds that VS Code itself measured for an extension's activation, from its view of running extensions. */
export async function activationTime(page: Page, extension: string): Promise<number> {
  await runCommand(page, 'Developer: Show Running Extensions');
  const row = page.locator('.runtime-extensions-editor .monaco-list-row', {
    has: page.locator('.name', { hasText: new RegExp(`^${literally(extension)}$`) }),
  });
  const text = await row.locator('.activation-time').textContent();
  const milliseconds = /(\d+)ms/.exec(text ?? '')?.[1];
  if (!milliseconds) throw new Error(`No activation time in "${text}"`);
  return Number(milliseconds);
}

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Reloads the window as a person does, with the layout of its panels kept. */
export async function reloadWindow(page: Page): Promise<void> {
  // VS Code keeps its layout when the window loses the focus, else once a minute; what it keeps is written a moment later. A second
  // time takes what a busy window had not drawn yet at the first.
  for (let time = 0; time < 2; time++) {
    await page.evaluate(() => {
      for (const focus of [true, false]) {
        document.hasFocus = () => focus;
        document.dispatchEvent(new Event('visibilitychange'));
      }
    });
    await sleep(1000);
  }
  await page.reload();
  await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 90_000 });
}
