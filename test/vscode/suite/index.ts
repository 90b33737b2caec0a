/**
 * Runs inside the extension host: the suites beside this file under mocha. The same bundle runs in VS Code's server
 * (suite.test.ts) and, on a desktop with internet, in VS Code itself (npm run test:electron).
 */
import fs from 'node:fs';
import Mocha from 'mocha';

export interface SuiteResults {
  passed: number;
  failed: number;
  tests: { title: string; error?: string }[];
}

/** Called by VS Code. Rejects if a test fails; what each did goes to the file that VSCODE_TEST_RESULTS names. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', timeout: 120_000, color: false });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await import('./manifest.suite');
  await import('./settings.suite');
  const results: SuiteResults = { passed: 0, failed: 0, tests: [] };
  await new Promise<void>((resolve) => {
    mocha
      .run(() => resolve())
      .on('pass', (test) => {
        results.passed++;
        results.tests.push({ title: test.fullTitle() });
      })
      .on('fail', (test, error) => {
        results.failed++;
        results.tests.push({ title: test.fullTitle(), error: error.stack ?? String(error) });
      });
  });
  const file = process.env.VSCODE_TEST_RESULTS;
  if (file) fs.writeFileSync(file, JSON.stringify(results, null, 1));
  if (results.failed > 0 || results.passed === 0)
    throw new Error(`${results.failed} of ${results.tests.length} tests failed`);
}
