/** The import direction that keeps science, editor and panels apart: docs/architecture.md says why. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';

const root = path.join(__dirname, '..');

/** Which parts of the program each part may import, besides itself and libraries. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'src/protocol': [],
  'src/core': ['src/protocol', 'package.json'],
  'src/engine': ['src/core', 'src/protocol'],
  'src/cli': ['src/core', 'src/protocol', 'webview/report', 'package.json'],
  'src/host': ['src/protocol'],
  'src/extension.ts': ['src/host', 'src/protocol'],
  webview: ['src/protocol'],
};

const parts = Object.keys(allowed);
const sources = ['src', 'webview'].flatMap((folder) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.posix.join(folder, file.split(path.sep).join('/'))),
);

const partOf = (file: string): string | undefined =>
  parts.find((part) => file === part || file === part.replace(/\.ts$/, '') || file.startsWith(`${part}/`));

const importsOf = (file: string): string[] =>
  [
    ...readFileSync(path.join(root, file), 'utf8').matchAll(
      /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)'([^']+)'/g,
    ),
  ].map((match) => match[1]!);

test('every source file belongs to a part of the program', () => {
  assert.ok(sources.length > 50, `only ${sources.length} source files were found`);
  assert.deepEqual(
    sources.filter((file) => !partOf(file)),
    [],
  );
});

test('imports go in one direction', () => {
  const wrong = sources.flatMap((file) => {
    const part = partOf(file)!;
    return importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => path.posix.join(path.posix.dirname(file), name))
      .filter(
        (target) =>
          partOf(target) !== part &&
          !allowed[part]!.some((other) => target === other || target.startsWith(`${other}/`)),
      )
      .map((target) => `${file} imports ${target}`);
  });
  assert.deepEqual(wrong, []);
});

test('only the host knows VS Code, and nothing native is imported outside the core', () => {
  const wrong = sources.flatMap((file) => {
    const inHost = file.startsWith('src/host/') || file === 'src/extension.ts';
    return importsOf(file)
      .filter((name) =>
        name === 'vscode'
          ? !inHost
          : ['onnxruntime-node', 'sharp'].includes(name) && partOf(file) !== 'src/core',
      )
      .map((name) => `${file} imports ${name}`);
  });
  assert.deepEqual(wrong, []);
});

test('relative imports name files that exist', () => {
  const missing = sources.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => path.join(root, path.dirname(file), name))
      .filter((target) => !['', '.ts', '.css'].some((ending) => existsSync(target + ending)))
      .map((target) => `${file}: ${target}`),
  );
  assert.deepEqual(missing, []);
});
