/** What a file that is asked for by name may not do to what has the name already. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { UserError } from '../../../src/core/errors';
import { replaceFile } from '../../../src/core/formats/replaceFile';

function folder(t: TestContext): string {
  const made = mkdtempSync(path.join(os.tmpdir(), 'repsim-replace-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const refused = (what: RegExp) => (error: unknown) => error instanceof UserError && what.test(error.message);

test('a pipe or a device is left alone, for a file would take its name', {
  skip: process.platform === 'win32' && 'Windows has no such names in folders',
}, async (t) => {
  const place = folder(t);
  const pipe = path.join(place, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await assert.rejects(
    replaceFile(pipe, (file) => file.writeFile('text')),
    refused(/a device or a pipe/),
  );
  assert.ok(lstatSync(pipe).isFIFO());
  assert.deepEqual(readdirSync(place), ['pipe']);
});

test('a name that is too long is one sentence', async (t) => {
  const name = path.join(folder(t), 'x'.repeat(300));
  await assert.rejects(
    replaceFile(name, (file) => file.writeFile('text')),
    refused(process.platform === 'win32' ? /cannot be written/ : /cannot be written: its name is too long/),
  );
});
