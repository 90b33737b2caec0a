/** Results that are kept: given again as they were, and nothing else in their place does harm. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import * as z from 'zod';
import { keepResult, keptResult } from '../../../src/core/runs/keptResults';

const schema = z.object({ value: z.number() });

test('what is kept is given again; what is broken, large or no file is as good as nothing', async (t) => {
  const workspace = await mkdtemp(path.join(os.tmpdir(), 'repsim-kept-'));
  t.after(() => rm(workspace, { recursive: true }));
  const file = path.join(workspace, '.repsim', 'compare', 'one.json');
  assert.equal(await keptResult(file, schema), undefined);
  assert.equal(await keepResult(workspace, file, { value: 3 }), true);
  assert.deepEqual(await keptResult(file, schema), { value: 3 });
  await truncate(file, 2 ** 31);
  assert.equal(await keptResult(file, schema), undefined);
  await writeFile(file, '{"value": "3"}');
  assert.equal(await keptResult(file, schema), undefined);
  if (process.platform === 'win32') return;
  await rm(file);
  execFileSync('mkfifo', [file]);
  assert.equal(await keptResult(file, schema), undefined);
});
