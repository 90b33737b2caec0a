/** Changes what people say of a run. */
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { aboutFile, longestNote, longestRunName, type RunAbout } from '../../protocol/about';
import { readAbout } from '../../protocol/runFiles';

export type AboutChange = Partial<Omit<RunAbout, 'format'>>;

/** Changes what is given; an empty text takes it away. The file is replaced whole. Throws what the file system throws. */
export async function changeAbout(folder: string, change: AboutChange): Promise<void> {
  const merged = { ...(await readAbout(folder)), ...change };
  const name = merged.name?.trim().slice(0, longestRunName);
  const note = merged.note?.trim().slice(0, longestNote);
  const about: RunAbout = {
    format: 1,
    ...(name && { name }),
    ...(note && { note }),
    ...(merged.starred && { starred: true }),
  };
  const file = path.join(folder, aboutFile);
  const temporary = `${file}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(about, null, 2)}\n`, { flag: 'wx' });
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
