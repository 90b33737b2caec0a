/** How much of the user's time the extension takes before it is used. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packedExtension } from './harness/extension';
import { startVsCode } from './harness/vscode';
import { activationTime, openWorkbench, runCommand } from './harness/workbench';

const limit = 50;
/** The machine may be busy with something else: the cost of the activation is the least of several. */
const tries = 8;
/** Milliseconds in which a window comes to rest; on two cores its own start takes all of them. */
const rest = 5000;

test(`activation takes less than ${limit} ms`, { timeout: 300_000 }, async () => {
  const vscode = await startVsCode({
    name: 'activation',
    vsix: packedExtension(),
    files: { 'train.py': '' },
  });
  const { page } = vscode;
  try {
    const measured: number[] = [];
    while (measured.length < tries && !measured.some((time) => time < limit)) {
      await openWorkbench(page, vscode.url());
      await sleep(rest);
      await runCommand(page, 'RepSim: Show Log');
      measured.push(await activationTime(page, 'RepSim'));
    }
    console.log(`RepSim was activated in ${measured.join(', ')} ms`);
    assert.ok(Math.min(...measured) < limit, `it took ${measured} ms`);
  } catch (error) {
    await vscode.screenshot('failed').catch(() => {});
    throw error;
  } finally {
    await vscode.close();
  }
});
