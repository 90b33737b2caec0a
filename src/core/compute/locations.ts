/** Where runtimes that are not bundled are looked for, and where what is known of this machine is kept. */
import os from 'node:os';
import path from 'node:path';
import { runtimeEnvironment } from '../../protocol/runtime';

const folderName = 'runtimes';

export interface RuntimeLocations {
  /** Folder to write to: probes, and runtimes that are installed or linked. */
  readonly storage: string;
  /** Folders in which such runtimes are looked for, `storage` first. */
  readonly managed: readonly string[];
  /** What a person named. */
  readonly path?: string | undefined;
  /** A trusted folder whose `node_modules` is looked into. */
  readonly workspace?: string | undefined;
}

/**
 * As the environment says (`runtimeEnvironment`). The folder of the command line is used by the editor too, so that what was linked
 * in a terminal is found there.
 */
export function runtimeLocations(env: NodeJS.ProcessEnv = process.env): RuntimeLocations {
  const own = dataFolder(env);
  const storage = env[runtimeEnvironment.storage] || own;
  return {
    storage,
    managed: [...new Set([storage, own])].map((folder) => path.join(folder, folderName)),
    path: env[runtimeEnvironment.path] || undefined,
    workspace: env[runtimeEnvironment.workspace] || undefined,
  };
}

/** Where runtimes are installed and linked. */
export function runtimesFolder({ storage }: Pick<RuntimeLocations, 'storage'>): string {
  return path.join(storage, folderName);
}

/** Where programs keep what they need again, by the habits of each system. */
function dataFolder(env: NodeJS.ProcessEnv): string {
  const home = os.homedir();
  switch (process.platform) {
    case 'win32':
      return path.join(env.LOCALAPPDATA || path.join(home, 'AppData', 'Local'), 'repsim');
    case 'darwin':
      return path.join(home, 'Library', 'Application Support', 'repsim');
    default:
      return path.join(env.XDG_DATA_HOME || path.join(home, '.local', 'share'), 'repsim');
  }
}
