/** The extension-host suite, each of its tests a test of its own here. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { runSuite } from './harness/suite';

test('the suite inside the extension host', { timeout: 900_000 }, async (t) => {
  const { bundleSuite } = await import('../../scripts/bundleSuite.mjs');
  const { code, results, log } = await runSuite(await bundleSuite(), { name: 'suite', timeout: 600_000 });
  assert.ok(results, `no results; the window ended with ${code}:\n${log.slice(-4000)}`);
  for (const { title, error } of results.tests)
    await t.test(title, () => {
      if (error) throw new Error(error);
    });
  assert.ok(results.passed > 0, 'no test ran');
  assert.equal(code, 0);
});
