/** The folder of a workspace that holds everything RepSim writes unasked. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

export const homeFolder = '.repsim';

/** Makes it, kept out of version control: runs are large and belong to one machine. Throws what the file system throws. */
export async function makeHome(workspace: string): Promise<void> {
  const home = path.join(workspace, homeFolder);
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, '.gitignore'), '*\n', { flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
}
