/** Collects what the extension says into l10n/bundle.l10n.json, the file that translators start from. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { measures } from '../src/core/similarity/measures';
import { stageSentences } from '../src/protocol/coreWords';

const root = path.join(__dirname, '..');
export const bundleFile = path.join(root, 'l10n', 'bundle.l10n.json');

/** What is said in the editor and on the pages of panels. */
const speaking = ['src/host', 'webview'].map((folder) => path.join(root, folder));

/** These say what core says, which is collected where core says it. */
const repeating = /coreWords\.ts$/;

/** Every file that may say something. */
export function speakingFiles(): string[] {
  return speaking
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts') && !repeating.test(file));
}

/** Every first argument of `l10n.t(` that is one string literal: nothing else can be collected. */
export function sentencesOf(source: string): string[] {
  return [...source.matchAll(/l10n\.t\(\s*(['"])((?:(?!\1)[^\\]|\\.)*)\1\s*[,)]/g)].map(([, , sentence]) =>
    sentence!.replace(/\\(.)/g, '$1'),
  );
}

/** All sentences of the extension, under themselves, sorted. */
export function allSentences(): Record<string, string> {
  const ofCore = [...stageSentences, ...measures.flatMap(({ name, explanation }) => [name, explanation])];
  const found = [...ofCore, ...speakingFiles().flatMap((file) => sentencesOf(readFileSync(file, 'utf8')))];
  return Object.fromEntries(
    [...new Set(found)].sort((a, b) => (a < b ? -1 : 1)).map((sentence) => [sentence, sentence]),
  );
}

if (require.main === module) {
  writeFileSync(bundleFile, `${JSON.stringify(allSentences(), null, 2)}\n`);
}
