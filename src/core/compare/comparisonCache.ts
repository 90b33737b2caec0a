/** Results that are kept by what they were computed from: the content of both sides and of the data, and the settings. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import packageJson from '../../../package.json';
import {
  type CompareResult,
  type CompareSettings,
  compareFolder,
  compareResult,
  compareResultFile,
} from '../../protocol/compare';
import { replaceFile } from '../formats/replaceFile';
import { makeHome } from '../runs/home';
import type { OpenedSides } from './openSides';

/** The file of the result: in the run that one side is, else in the workspace. */
export function comparisonFile(workspace: string, settings: CompareSettings, sides: OpenedSides): string {
  const { measures, samples, split, layers, limit, seed, runtime } = settings;
  const asked = {
    ...{ version: packageJson.version, measures, samples, layers, limit, seed, runtime },
    ...{ a: sides.a.fingerprint, b: sides.b.fingerprint },
    data: sides.data && { content: sides.data.fingerprint, split, seed: sides.data.seed },
  };
  const hash = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 32);
  return sides.run === undefined
    ? path.join(workspace, compareFolder, `${hash}.json`)
    : path.join(sides.run, compareResultFile(hash));
}

/** The result that is kept there; undefined if there is none, or none that can be read. */
export async function keptComparison(file: string): Promise<CompareResult | undefined> {
  try {
    return compareResult.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Keeps the result where that is possible: without it the next comparison takes its time again, and nothing else. */
export async function keepComparison(workspace: string, file: string, result: CompareResult): Promise<void> {
  try {
    if (file.startsWith(path.join(workspace, compareFolder))) await makeHome(workspace);
    await mkdir(path.dirname(file), { recursive: true });
    await replaceFile(file, (handle) => handle.writeFile(`${JSON.stringify(result)}\n`));
  } catch {}
}
