/** Reads code for tests, and tells places as lines of the text. */
import assert from 'node:assert/strict';
import type { IndexedFile } from '../../../src/host/code/codeClasses';
import { CodeFile, languageOf } from '../../../src/host/code/codeFile';
import { type FoundPlaces, ModulePaths } from '../../../src/host/code/modulePaths';
import type { CodeOutline } from '../../../src/host/code/outline';

export async function read(name: string, text: string): Promise<CodeOutline> {
  const language = languageOf(name) ?? assert.fail(`${name} is no code`);
  const outline = await new CodeFile(name, language, async () => true).outline(text, () => false);
  return outline ?? assert.fail(`${name} was not read`);
}

/** "kind name <- reference" of each model, with the line that it is in. */
export async function modelsOf(name: string, text: string): Promise<string[]> {
  const { models } = await read(name, text);
  return models.map(
    ({ kind, name: model, reference, from }) =>
      `${lineAt(text, from)}: ${kind} ${model}${reference === undefined ? '' : ` <- ${reference}`}`,
  );
}

export interface Workspace {
  /** The text of the lines that a layer is made in; "?" before what the code does not tell to its end. */
  lines(path: string): readonly string[];
}

/** `layers`: paths of one model, all of which are looked for together. */
export async function workspace(
  files: Readonly<Record<string, string>>,
  layers: readonly string[],
  checkpoint?: string,
): Promise<Workspace> {
  const indexed: IndexedFile[] = [];
  for (const [file, text] of Object.entries(files)) indexed.push({ file, outline: await read(file, text) });
  const found = new ModulePaths(indexed).places(new Map(layers.map((path) => [path, path])), checkpoint);
  return { lines: (path) => linesOf(files, found.get(path)) };
}

function linesOf(files: Readonly<Record<string, string>>, found: FoundPlaces | undefined): string[] {
  return (found?.places ?? []).map(({ file, at }) => {
    const text = files[file]!;
    const line = text.split('\n')[lineAt(text, at) - 1]!.trim();
    return `${found!.whole ? '' : '? '}${line}`;
  });
}

/** From 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
