/** What the extension says can be translated. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { allSentences, bundleFile, sentencesOf, speakingFiles } from '../../scripts/l10nBundle';

const root = path.join(__dirname, '..', '..');
const text = (...parts: string[]) => readFileSync(path.join(root, ...parts), 'utf8');

test('the bundle for translators holds every sentence of the host and of the panels', () => {
  assert.deepEqual(
    JSON.parse(readFileSync(bundleFile, 'utf8')),
    allSentences(),
    'run `node --import tsx scripts/l10nBundle.ts`',
  );
});

test('every sentence can be collected: it is one literal', () => {
  let calls = 0;
  for (const file of speakingFiles()) {
    const source = readFileSync(file, 'utf8');
    const made = source.match(/l10n\.t\(/g)?.length ?? 0;
    assert.equal(sentencesOf(source).length, made, `${file}: a call of l10n.t begins with no literal`);
    calls += made;
  }
  assert.ok(calls > 500, String(calls));
});

test('a sentence is found whatever its quotes, and nothing that is put together', () => {
  assert.deepEqual(sentencesOf(`l10n.t('The "{0}"', name); l10n.t(\n  "A run's own",\n); l10n.t('It\\'s')`), [
    'The "{0}"',
    "A run's own",
    "It's",
  ]);
  assert.deepEqual(sentencesOf("l10n.t('a' + b); l10n.t(name); l10n.t(`a`)"), []);
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
