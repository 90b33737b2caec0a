/** The engine as it is shipped, dist/engine.js, comparing two dumps. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { writeActivations } from '../../src/core/formats/activationWriter';
import { createRandom } from '../../src/core/random';
import { measures as table } from '../../src/core/similarity/measures';
import { startEngineWork } from '../../src/host/engine/engineRun';
import type { CompareResult } from '../../src/protocol/compare';
import { engineMethods, type MeasuresReply } from '../../src/protocol/engine';

const file = path.join(__dirname, '..', '..', 'dist', 'engine.js');
const quiet = { line: () => undefined };

test('the engine tells the table of measures and compares; what is wrong comes back as a sentence', async (t) => {
  assert.ok(existsSync(file), 'dist/engine.js is missing: run `node esbuild.js` first');
  const workspace = mkdtempSync(path.join(tmpdir(), 'repsim-compare-'));
  t.after(() => rmSync(workspace, { recursive: true, force: true }));
  const random = createRandom(1);
  const values = Float32Array.from({ length: 40 }, () => random.normal());
  const dump = path.join(workspace, 'a.npz');
  await writeActivations(dump, [{ name: 'layer', shape: [10, 4] }], (writer) => writer.append(0, values));

  const told = startEngineWork<MeasuresReply>(
    { file },
    [{ method: engineMethods.measures, params: {} }],
    quiet,
  );
  const measures = await told.outcome;
  assert.ok(measures.kind === 'finished');
  assert.deepEqual(measures.result, JSON.parse(JSON.stringify(table)));

  const request = (settings: object) => ({ method: engineMethods.compare, params: { settings, workspace } });
  const work = startEngineWork<CompareResult>({ file }, [request({ a: 'a.npz', b: 'a.npz' })], quiet);
  const outcome = await work.outcome;
  assert.ok(outcome.kind === 'finished', JSON.stringify(outcome));
  assert.equal(outcome.result.n, 10);
  const [[value]] = outcome.result.measures['cka-debiased']!.matrix as [[number]];
  assert.ok(Math.abs(value - 1) < 1e-12);

  const missing = startEngineWork<CompareResult>({ file }, [request({ a: 'a.npz', b: 'b.npz' })], quiet);
  assert.deepEqual(await missing.outcome, {
    kind: 'failed',
    message: `${path.join(workspace, 'b.npz')} cannot be opened: there is no such file or folder.`,
  });
});
