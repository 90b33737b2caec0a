/**
 * Runtimes that RepSim keeps itself, installed or linked: `<storage>/runtimes/<folder>/runtime.json` describes one, the rest of
 * the folder is what it needs. A folder appears under its name only when it is whole.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const managedManifestFile = 'runtime.json';
/** A manifest is some hundred bytes. */
const largestManifest = 65_536;

const managedManifest = z.object({
  format: z.literal(1),
  runtime: z.enum(['tensorflow', 'onnx-cuda']),
  /** Of the library: "2.21.0". */
  version: z.string(),
  /** Where it comes from, in words for people. */
  source: z.string(),
  /**
   * Inside the folder: for `tensorflow` the native module, for `onnx-cuda` a copy of the package `onnxruntime-node` whose `bin` has
   * the CUDA libraries, with `onnxruntime-common` beside it.
   */
  entry: z
    .string()
    .min(1)
    .refine((entry) => !path.isAbsolute(entry) && !entry.split(/[/\\]/).includes('..'), 'leaves the folder'),
  /** What it was built for, as Node names it: "linux-x64". */
  platform: z.string(),
  /** Files elsewhere that it loads; it is probed again when they change. */
  libraries: z.array(z.string()).default([]),
});
export type ManagedManifest = z.output<typeof managedManifest>;

export interface ManagedRuntime extends ManagedManifest {
  readonly folder: string;
  /** The absolute path of `entry`. */
  readonly file: string;
}

export const thisPlatform = `${process.platform}-${process.arch}`;

/** The runtime that `folder` holds; undefined where there is none that fits this platform. */
export async function readManagedRuntime(folder: string): Promise<ManagedRuntime | undefined> {
  const file = path.join(folder, managedManifestFile);
  try {
    if ((await stat(file)).size > largestManifest) return undefined;
    const manifest = managedManifest.parse(JSON.parse(await readFile(file, 'utf8')));
    if (manifest.platform !== thisPlatform) return undefined;
    return { ...manifest, folder, file: path.join(folder, manifest.entry) };
  } catch {
    return undefined;
  }
}

/** All runtimes of one kind in `folders`, those that were written last first. */
export async function managedRuntimes(
  folders: readonly string[],
  runtime: ManagedManifest['runtime'],
): Promise<readonly ManagedRuntime[]> {
  const found: { readonly managed: ManagedRuntime; readonly written: number }[] = [];
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => !one.startsWith('.'))) {
      const managed = await readManagedRuntime(path.join(folder, name));
      if (managed?.runtime !== runtime) continue;
      const { mtimeMs } = await stat(path.join(managed.folder, managedManifestFile));
      found.push({ managed, written: mtimeMs });
    }
  }
  return found.sort((a, b) => b.written - a.written).map(({ managed }) => managed);
}

/** How the hidden folders begin that a runtime is put together in. */
const temporaryPrefix = (name: string) => `.${name}-`;

/** Removes what a process has left that was ended while it put `name` together: to be called only where no other does that now. */
export async function removeLeftovers(runtimes: string, name: string): Promise<void> {
  for (const one of await readdir(runtimes))
    if (one.startsWith(temporaryPrefix(name)))
      // What cannot be removed takes space and is in nobody's way.
      await rm(path.join(runtimes, one), { recursive: true, force: true }).catch(() => {});
}

/**
 * Writes a runtime to `<runtimes>/<name>`: `fill` gets an empty folder and returns its manifest. What was there before is replaced once the
 * new one is whole; when `fill` throws, it stays.
 */
export async function writeManagedRuntime(
  runtimes: string,
  name: string,
  fill: (folder: string) => Promise<z.input<typeof managedManifest>>,
): Promise<ManagedRuntime> {
  const place = path.join(runtimes, name);
  const temporary = path.join(runtimes, `${temporaryPrefix(name)}${randomBytes(4).toString('hex')}`);
  await mkdir(temporary, { recursive: true });
  try {
    const manifest = managedManifest.parse(await fill(temporary));
    await writeFile(path.join(temporary, managedManifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(place, { recursive: true, force: true });
    await rename(temporary, place);
    return { ...manifest, folder: place, file: path.join(place, manifest.entry) };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
