/** Where MedMNIST's own code keeps its files, and what they are called. */
import { homedir } from 'node:os';
import path from 'node:path';
import { type MedmnistFile, medmnist, medmnistFileOf } from './catalogue';

/** `~/.medmnist`, which the Python package uses too. */
export function medmnistFolder(): string {
  return path.join(homedir(), '.medmnist');
}

/** The file that a name such as `bloodmnist` (28 pixels) or `bloodmnist_64` means; undefined for any other name. */
export function medmnistFile(name: string): MedmnistFile | undefined {
  const match = /^([a-z0-9]+?)(?:_(\d+))?(?:\.npz)?$/.exec(name);
  const set = match && medmnist.find(({ flag }) => flag === match[1]);
  return set ? medmnistFileOf(set, Number(match[2] ?? 28)) : undefined;
}
