/**
 * Starts and stops a real VS Code: its server with a workspace, settings and extensions of its own, and Chromium on
 * its workbench. Nothing is shared with another start; nothing outside this machine can be reached from it.
 */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { VsCodeVersion } from '../../../scripts/setupVscode.mjs';
import { chromiumFlags, chromiumPath } from '../../support/chromium';
import { until } from '../../support/until';
import { foreignConnections, killAll, type Process, processesWith } from './processes';

const root = path.resolve(__dirname, '../../..');
export const resultsFolder = path.join(root, 'test-results/vscode');

/** No name outside of this machine is found. */
const loopbackOnly = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

const quietSettings = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  // Focus that comes late, as a panel or an editor opens, would close a question that is open by then.
  'workbench.quickOpen.closeOnFocusLost': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'js/ts.disableAutomaticTypeAcquisition': true,
  'git.enabled': false,
  'editor.minimap.enabled': false,
};

export interface StartOptions {
  /** Names the folder under test-results/vscode that logs and screenshots go to. */
  readonly name: string;
  /** Which VS Code; the newest by default. */
  readonly version?: VsCodeVersion;
  readonly vsix?: string;
  /** Files of the workspace: text, or a file or folder to copy. */
  readonly files?: Readonly<Record<string, string | { readonly from: string }>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** False: the window opens in Restricted Mode. */
  readonly trusted?: boolean;
  /** Lets `extensionTestsPath` work; suppresses notifications. */
  readonly driver?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

export interface VsCode {
  readonly page: Page;
  /** The page's own host:port. */
  readonly authority: string;
  readonly workspace: string;
  /** Where logs and screenshots of this start are kept. */
  readonly out: string;
  url(payload?: readonly (readonly [string, string])[]): string;
  processes(): Process[];
  extensionHost(): Promise<Process>;
  engines(): Process[];
  screenshot(name: string): Promise<string>;
  /** Requests of the page and connections of the processes that would have left this machine. */
  foreign(): string[];
  close(): Promise<void>;
}

export async function startVsCode(options: StartOptions): Promise<VsCode> {
  const { setupVscode } = await import('../../../scripts/setupVscode.mjs');
  const { node, server } = setupVscode(options.version);
  const out = path.join(resultsFolder, options.name);
  fs.rmSync(out, { recursive: true, force: true });
  fs.mkdirSync(out, { recursive: true });
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'repsim-vscode-'));
  const [home, userData, extensions, workspace, profile, temporary] = [
    'home',
    'data',
    'extensions',
    'workspace',
    'chromium',
    'tmp',
  ].map((name) => path.join(scratch, name)) as [string, string, string, string, string, string];
  for (const folder of [home, path.join(userData, 'User'), extensions, workspace, profile, temporary])
    fs.mkdirSync(folder, { recursive: true });
  writeFiles(workspace, options.files ?? {});
  fs.writeFileSync(
    path.join(userData, 'User/settings.json'),
    JSON.stringify({ ...quietSettings, ...options.settings }, null, 2),
  );

  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env };
  // VS Code hands its environment down; what this runner has set for itself would change how it works.
  for (const name of Object.keys(env))
    if (/^(VSCODE_(?!TEST_)|ELECTRON_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|npm_)/.test(name)) delete env[name];
  Object.assign(env, { HOME: home, TMPDIR: temporary, EXTENSIONS_GALLERY: '{}' });
  const base = [
    server,
    '--accept-server-license-terms',
    ...['--server-data-dir', home, '--user-data-dir', userData, '--extensions-dir', extensions],
  ];
  if (options.vsix)
    execFileSync(node, [...base, '--install-extension', options.vsix], { env, cwd: scratch, stdio: 'pipe' });

  const processes = () => processesWith('HOME', home);
  const end = () => killAll(processes());
  process.once('exit', end);
  let context: BrowserContext | undefined;
  const close = async () => {
    await context?.close().catch(() => {});
    keepLogs(home, userData, out);
    end();
    await until('VS Code to end', () => processes().length === 0);
    process.off('exit', end);
    fs.rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const port = await startServer(node, base, options, {
      env,
      cwd: scratch,
      log: path.join(out, 'server.log'),
    });
    context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      headless: true,
      viewport: { width: 1280, height: 800 },
      args: [...chromiumFlags, loopbackOnly],
      env: { ...env, HOME: profile },
    });
    context.setDefaultTimeout(60_000);
    const page = context.pages()[0] ?? (await context.newPage());
    const authority = `127.0.0.1:${port}`;
    const requests = watchPage(page, authority, path.join(out, 'console.log'));
    return {
      page,
      authority,
      workspace,
      out,
      close,
      processes,
      url: (payload) =>
        `http://${authority}/?folder=${workspace}${payload ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : ''}`,
      extensionHost: () =>
        until('an extension host', () =>
          processes().find(({ command }) => command.includes('--type=extensionHost')),
        ),
      engines: () => processes().filter(({ command }) => /dist\/engine\.js/.test(command)),
      screenshot: async (name) => {
        const file = path.join(out, `${name}.png`);
        await page.screenshot({ path: file });
        return file;
      },
      foreign: () => [...requests, ...foreignConnections(processes().map(({ pid }) => pid))],
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function writeFiles(workspace: string, files: NonNullable<StartOptions['files']>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(workspace, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    if (typeof content === 'string') fs.writeFileSync(file, content);
    else fs.cpSync(content.from, file, { recursive: true });
  }
}

/** Resolves to the port once the server listens. */
async function startServer(
  node: string,
  base: readonly string[],
  { trusted = true, driver = false }: StartOptions,
  { env, cwd, log }: { env: NodeJS.ProcessEnv; cwd: string; log: string },
): Promise<number> {
  const output = fs.openSync(log, 'w');
  const child = spawn(
    node,
    [
      ...base,
      ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--disable-telemetry'],
      ...(trusted ? ['--disable-workspace-trust'] : []),
      ...(driver ? ['--enable-smoke-test-driver'] : []),
    ],
    { env, cwd, detached: true, stdio: ['ignore', output, output] },
  );
  fs.closeSync(output);
  return until('VS Code to listen', () => {
    const text = fs.readFileSync(log, 'utf8');
    if (child.exitCode !== null)
      throw new Error(`VS Code's server ended with ${child.exitCode}: ${text.slice(-2000)}`);
    const port = text.match(/Extension host agent listening on (\d+)/)?.[1];
    return port ? Number(port) : undefined;
  });
}

/** Writes the page's console to `log`; the list returned grows with every request that is not for this server. */
function watchPage(page: Page, authority: string, log: string): string[] {
  const console = fs.createWriteStream(log);
  page.on('console', (message) => console.write(`[${message.type()}] ${message.text()}\n`));
  page.on('pageerror', (error) => console.write(`[exception] ${error.stack ?? error.message}\n`));
  const foreign: string[] = [];
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    // Webview resources have an address of their own that a service worker answers from this server.
    const own = host === authority || host.endsWith('.vscode-resource.vscode-cdn.net');
    if (protocol.startsWith('http') && !own) foreign.push(request.url());
  });
  return foreign;
}

/** Keeps the logs of the server and of every extension's Output channel beside the screenshots. */
function keepLogs(home: string, userData: string, out: string): void {
  for (const folder of [path.join(home, 'data/logs'), path.join(home, 'logs'), path.join(userData, 'logs')])
    if (fs.existsSync(folder)) fs.cpSync(folder, path.join(out, 'logs'), { recursive: true });
}
