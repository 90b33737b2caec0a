/** What the extension says can be translated. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { allSentences, bundleFile } from '../../scripts/l10nBundle';

const root = path.join(__dirname, '..', '..');
const text = (...parts: string[]) => readFileSync(path.join(root, ...parts), 'utf8');

test('the bundle for translators holds every sentence of the host and of the panels', () => {
  const calls = ['src/host', 'webview'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => text(folder, file).match(/l10n\.t\(/g) ?? []),
  );
  const sentences = Object.keys(allSentences());
  assert.ok(calls.length > 30 && sentences.length > 30);
  assert.deepEqual(
    JSON.parse(readFileSync(bundleFile, 'utf8')),
    allSentences(),
    'run `node --import tsx scripts/l10nBundle.ts`',
  );
});

test('the manifest takes its words from package.nls.json, all of them and no others', () => {
  const used = [...text('package.json').matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!);
  const known = Object.keys(JSON.parse(text('package.nls.json')));
  assert.deepEqual([...new Set(used)].sort(), known.sort());
});

test('every command of the manifest is registered, and the other way around', () => {
  const contributed: string[] = JSON.parse(text('package.json')).contributes.commands.map(
    ({ command }: { command: string }) => command,
  );
  const sources = readdirSync(path.join(root, 'src', 'host'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => text('src', 'host', file));
  const registered = [...sources, text('src', 'extension.ts')].flatMap((source) =>
    [...source.matchAll(/failures\.command\(\s*'([^']+)'/g)].map(([, id]) => id!),
  );
  assert.deepEqual(registered.sort(), contributed.sort());
});
