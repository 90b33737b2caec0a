/** What a window pays for before the extension is used: its own light files, and no library. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import * as esbuild from 'esbuild';

const root = path.join(__dirname, '..', '..');

test('activation evaluates no library: they are loaded with what needs them', async () => {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/extension.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode', 'onnxruntime-node', 'sharp'],
    mainFields: ['module', 'main'],
  });
  const eager = new Set<string>();
  const waiting = ['src/extension.ts'];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (eager.has(file)) continue;
    eager.add(file);
    const { imports } = metafile.inputs[file]!;
    for (const { kind, external, path: next } of imports)
      if (kind !== 'dynamic-import' && !external) waiting.push(next);
  }
  assert.ok(eager.size > 20);
  assert.deepEqual(
    [...eager].filter((file) => file.includes('node_modules')),
    [],
  );
});
