import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

test('the modules that the program carries are what their sources compile to', async () => {
  const script = pathToFileURL(path.join(__dirname, '../../../scripts/kernels.mjs')).href;
  const { kernelModules } = (await import(script)) as {
    kernelModules(): Promise<{ file: string; text: string }[]>;
  };
  const compiled = await kernelModules();
  assert.equal(compiled.length, 2);
  for (const { file, text } of compiled)
    assert.equal(readFileSync(file, 'utf8'), text, `${path.basename(file)}: run node scripts/kernels.mjs`);
});
