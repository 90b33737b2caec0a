/** A folder for the files of one test. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

/** An empty folder that is removed after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'repsim-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes `bytes` to a file of that name in a folder of its own and returns its path. */
export async function temporaryFile(t: TestContext, name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(await temporaryFolder(t), name);
  await writeFile(file, bytes);
  return file;
}
