/** The last word that a killed run is given. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { appendCancelled } from '../../src/host/runs/appendCancelled';
import { RunTail } from '../../src/host/runs/runTail';

const started = '{"time":1,"type":"started","steps":9,"stepsPerEpoch":3,"epochs":3,"fromStep":0}\n';
const step =
  '{"time":1,"type":"step","step":7,"epoch":2,"lr":1,"loss":1,"crossEntropy":1,"gradientNorm":1}\n';

async function afterCancel(t: TestContext, events: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-run-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(path.join(folder, 'events.jsonl'), events);
  await appendCancelled(folder);
  const tail = new RunTail(folder);
  await tail.refresh();
  return { tail, text: readFileSync(path.join(folder, 'events.jsonl'), 'utf8') };
}

test('a run that was cut off in the midst of a line is cancelled at its last step', async (t) => {
  const { tail } = await afterCancel(t, `${started}${step}{"time":1,"type":"st`);
  assert.equal(tail.state(false), 'cancelled');
  const last = tail.events().at(-1);
  assert.ok(last?.type === 'cancelled');
  assert.equal(last.step, 7);
});

test('a run that left its last word keeps it', async (t) => {
  for (const last of ['{"time":1,"type":"finished"}\n', '{"time":1,"type":"cancelled","step":7}\n']) {
    const events = `${started}${step}${last}`;
    const { text } = await afterCancel(t, events);
    assert.equal(text, events);
  }
});
