/** Runs the extension-host suite in VS Code's server, as `code --extensionTestsPath` does on a desktop. */
import fs from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import type { SuiteResults } from '../suite/index';
import { root } from './extension';
import { startVsCode } from './vscode';

export interface SuiteRun {
  /** What the window ended with. A crashed extension host says 0 too: only the results tell. */
  readonly code: number | undefined;
  readonly results?: SuiteResults;
  /** Everything that the workbench and the extension host logged. */
  readonly log: string;
}

export async function runSuite(
  bundle: string,
  { name, timeout }: { name: string; timeout: number },
): Promise<SuiteRun> {
  const resultsFile = path.join(fs.mkdtempSync(path.join(root, '.vscode-test/results-')), 'results.json');
  const vscode = await startVsCode({ name, driver: true, env: { VSCODE_TEST_RESULTS: resultsFile } });
  try {
    let log = '';
    await vscode.page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
      log += `${format(...args)}\n`;
    });
    const ended = new Promise<number | undefined>((resolve) => {
      setTimeout(resolve, timeout, undefined).unref();
      void vscode.page.exposeFunction('codeAutomationExit', resolve);
    });
    // The authority must be the page's own host:port.
    const remote = (file: string) => `vscode-remote://${vscode.authority}${file}`;
    await vscode.page.goto(
      vscode.url([
        ['extensionDevelopmentPath', remote(root)],
        ['extensionTestsPath', remote(bundle)],
        ['skipWelcome', 'true'],
      ]),
    );
    const code = await ended;
    fs.writeFileSync(path.join(vscode.out, 'automation.log'), log);
    const results: SuiteResults | undefined = fs.existsSync(resultsFile)
      ? JSON.parse(fs.readFileSync(resultsFile, 'utf8'))
      : undefined;
    return { code, results, log };
  } finally {
    await vscode.close();
    fs.rmSync(path.dirname(resultsFile), { recursive: true, force: true });
  }
}
