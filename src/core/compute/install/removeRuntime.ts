/** Removes a runtime that RepSim keeps: libraries that were installed, or a TensorFlow that was linked. */
import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { removableOn } from '../../../protocol/runtimeCatalogue';
import { RequestError } from '../../errors';
import { thisPlatform } from '../managed';
import { alone, downloads } from './claim';

export interface RemovedRuntime {
  readonly title: string;
  /** False where there was nothing to remove. */
  readonly removed: boolean;
}

/**
 * From each of `folders` that has it, with what a broken download has left. Throws a RequestError that lists what can be removed, a UserError
 * while another process installs it.
 */
export async function removeRuntime(id: string, folders: readonly string[]): Promise<RemovedRuntime> {
  const all = removableOn(thisPlatform);
  const known = all.find((one) => one.id === id);
  if (known === undefined) {
    const names = all.map((one) => one.id).join(', ');
    throw new RequestError(`There is no runtime "${id}" that could be removed: choose one of ${names}.`);
  }
  let removed = false;
  for (const runtimes of folders) {
    const places = [path.join(runtimes, id), downloads(runtimes, known)];
    const there = await Promise.all(places.map(exists));
    if (!there.includes(true)) continue;
    await alone(known, runtimes, undefined, async () => {
      for (const place of places) await rm(place, { recursive: true, force: true });
    });
    removed = true;
  }
  return { title: known.title, removed };
}

async function exists(place: string): Promise<boolean> {
  return stat(place).then(
    () => true,
    () => false,
  );
}
