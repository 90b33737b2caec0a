/**
 * A panel's bundle in a real browser, as VS Code shows it: the same page, content security policy, theme
 * variables and body classes, and a host that records what the panel says.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { DriftSnapshot } from '../../src/protocol/drift';
import { chromiumFlags, chromiumPath } from '../support/chromium';

const origin = 'https://webview.test';
export const themeKinds = ['light', 'dark', 'high-contrast', 'high-contrast-light'] as const;
export type ThemeKind = (typeof themeKinds)[number];

/** Default themes of VS Code 1.139 as it hands them to webviews, those variables that a panel can want. */
const themes = JSON.parse(readFileSync(path.join(__dirname, 'fixtures', 'themes.json'), 'utf8')) as Record<
  ThemeKind,
  Record<string, string>
>;

/** What VS Code puts before the page's own style. */
const defaultStyle = `@layer vscode-default {
  body { background-color: transparent; color: var(--vscode-editor-foreground); font-family: var(--vscode-font-family);
    font-weight: var(--vscode-font-weight); font-size: var(--vscode-font-size); margin: 0; padding: 0 20px; } }
  html { background-color: var(--vscode-editor-background); }`;

export type PanelName = 'checkpoint' | 'compare' | 'data' | 'drift' | 'landscape';

export interface PanelBundle {
  readonly script: string;
  readonly style: string;
}

export async function bundlePanel(name: PanelName = 'drift'): Promise<PanelBundle> {
  const built = await esbuild.build({
    entryPoints: { [name]: path.join(__dirname, `../../webview/${name}/main.ts`) },
    bundle: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    outdir: 'out',
    write: false,
  });
  const file = (end: string) => built.outputFiles.find((output) => output.path.endsWith(end))!.text;
  return { script: file('.js'), style: file('.css') };
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: chromiumFlags });
}

export interface PanelOptions {
  /** Whose page it is; the drift panel's by default. */
  readonly name?: PanelName;
  readonly theme?: ThemeKind;
  readonly width?: number;
  readonly height?: number;
  readonly reduceMotion?: boolean;
  readonly forcedColors?: boolean;
  readonly colorScheme?: 'light' | 'dark';
  /** What `getState` returns. */
  readonly state?: unknown;
  /** Words of another language under the English ones, as the host hands them over; the page is English without. */
  readonly words?: Readonly<Record<string, string>>;
}

interface FakeHost {
  readonly sent: unknown[];
  state: unknown;
}

export class PanelPage {
  /** Errors of the console, of scripts and of the content security policy. */
  readonly problems: string[] = [];

  private constructor(readonly page: Page) {}

  static async open(browser: Browser, bundle: PanelBundle, options: PanelOptions = {}): Promise<PanelPage> {
    const { theme = 'dark', width = 800, height = 1000 } = options;
    const page = await browser.newPage({
      viewport: { width, height },
      ...(options.colorScheme ? { colorScheme: options.colorScheme } : {}),
      ...(options.forcedColors ? { forcedColors: 'active' as const } : {}),
    });
    const panel = new PanelPage(page);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) panel.problems.push(message.text());
    });
    page.on('pageerror', (error) => panel.problems.push(String(error)));
    await page.route('**/*', (route) => {
      const { pathname } = new URL(route.request().url());
      const answer =
        { '/': [pageOf(options.words), 'text/html'], '/panel.js': [bundle.script, 'text/javascript'] }[
          pathname
        ] ??
        {
          '/panel.css': [bundle.style, 'text/css'],
          '/default.css': [defaultStyle, 'text/css'],
        }[pathname];
      if (!answer) {
        panel.problems.push(`asked for ${pathname}`);
        return route.abort();
      }
      return route.fulfill({ body: answer[0]!, contentType: `${answer[1]}; charset=utf-8` });
    });
    // The test runner's compiler names functions through this helper, also those that run in the page.
    await page.addInitScript('globalThis.__name = (named) => named');
    await page.addInitScript(
      ({ variables, kind, reduceMotion, state }) => {
        const host: FakeHost = { sent: [], state };
        Object.assign(window, {
          fakeHost: host,
          acquireVsCodeApi: () => ({
            postMessage: (message: unknown) => host.sent.push(message),
            getState: () => host.state,
            setState: (next: unknown) => {
              host.state = next;
            },
          }),
        });
        document.addEventListener('securitypolicyviolation', (event) =>
          console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
        );
        const dress = () => {
          for (const [name, value] of Object.entries(variables))
            document.documentElement.style.setProperty(name, value);
          document.body.className =
            kind === 'vscode-high-contrast-light' ? `${kind} vscode-high-contrast` : kind;
          document.body.dataset.vscodeThemeKind = kind;
          document.body.classList.toggle('vscode-reduce-motion', reduceMotion);
        };
        new MutationObserver((_, observer) => {
          if (!document.body) return;
          observer.disconnect();
          dress();
        }).observe(document, { childList: true, subtree: true });
      },
      {
        variables: {
          '--vscode-font-family': 'system-ui, "Ubuntu", "Droid Sans", sans-serif',
          '--vscode-font-size': '13px',
          '--vscode-font-weight': 'normal',
          ...themes[theme],
        },
        kind: `vscode-${theme}`,
        reduceMotion: options.reduceMotion ?? false,
        state: options.state,
      },
    );
    await page.goto(`${origin}/`);
    await page.waitForFunction(() => (window as unknown as { fakeHost: FakeHost }).fakeHost.sent.length > 0);
    return panel;
  }

  /** Sends a message and waits until the page has drawn it. */
  async send(message: DriftSnapshot | Record<string, unknown>): Promise<void> {
    await this.page.evaluate(
      (data) =>
        new Promise<void>((resolve) => {
          // The panel listens first.
          window.addEventListener('message', () => resolve(), { once: true });
          window.postMessage(data, '*');
        }),
      message as Record<string, unknown>,
    );
    await this.drawn();
  }

  /** Waits until the page shows what was done to it: it draws in the next frame, which has ended in the one after it. */
  async drawn(): Promise<void> {
    await this.page.evaluate(
      () =>
        new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
    );
  }

  sent(): Promise<{ type: string; [name: string]: unknown }[]> {
    return this.page.evaluate(() => (window as unknown as { fakeHost: FakeHost }).fakeHost.sent as never);
  }

  state(): Promise<unknown> {
    return this.page.evaluate(() => (window as unknown as { fakeHost: FakeHost }).fakeHost.state);
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** The page as the host writes it. */
function pageOf(translated: PanelOptions['words']): string {
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-abc'`,
    // The controls try out a rule in an empty style element, with the nonce that they find in a meta element.
    `style-src ${origin} 'nonce-def'`,
    `img-src ${origin} data: blob:`,
    `font-src ${origin}`,
  ].join('; ');
  const words = translated
    ? `<script type="application/json" id="words">${JSON.stringify(translated).replaceAll('<', '\\u003c')}</script>`
    : '';
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="def">
<link rel="stylesheet" href="/default.css"><link rel="stylesheet" href="/panel.css"><title>RepSim</title></head>
<body><div id="app"></div>${words}<script nonce="abc" src="/panel.js"></script></body></html>`;
}
