/**
 * `npm run test:electron`: the extension-host suite in VS Code itself, which @vscode/test-electron downloads: for a
 * desktop with internet. `VSCODE_VERSION` chooses another version than the newest ("1.101.0", "insiders").
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundleSuite } from './bundleSuite.mjs';
import { build, fail, installDependencies, root } from './setup.mjs';

installDependencies();
build();
const { runTests } = await import('@vscode/test-electron');
const workspace = fs.mkdtempSync(path.join(os.tmpdir(), 'repsim-electron-'));
try {
  await runTests({
    version: process.env.VSCODE_VERSION,
    extensionDevelopmentPath: root,
    extensionTestsPath: await bundleSuite(),
    launchArgs: [workspace, '--disable-extensions', '--disable-workspace-trust'],
  });
} catch (error) {
  fail(
    `The tests in VS Code's desktop failed: ${error.message}. They download VS Code and need a display; without them, npm run test:vscode runs the same suite.`,
  );
} finally {
  fs.rmSync(workspace, { recursive: true, force: true });
}
