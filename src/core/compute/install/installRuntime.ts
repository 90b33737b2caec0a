/** Fetches a runtime of the catalogue, or takes it from a file, and keeps it. Loads nothing: a probe tells whether it works. */
import { cp, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { extract } from 'tar';
import type { ReportProgress } from '../../../protocol/progress';
import { runtimeEnvironment } from '../../../protocol/runtime';
import { archiveAddress, type InstallableRuntime } from '../../../protocol/runtimeCatalogue';
import { download } from '../../download/download';
import { UserError } from '../../errors';
import { errorCode, reasonOf } from '../../formats/fileErrors';
import { hashFile } from '../../formats/hashFile';
import { type ManagedRuntime, writeManagedRuntime } from '../managed';
import { binaryFolder, bundledOnnxRuntime } from '../onnx/cuda';
import { alone, downloads } from './claim';

export interface InstallOptions {
  /** Folder of the managed runtimes. */
  readonly runtimes: string;
  /** The archive, fetched before, for machines without a network. */
  readonly file?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
}

/** What the archive has beside headers and the parts that are bundled already. */
const libraries = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];
/** An archive may be so much larger than its catalogue says. */
const slack = 2;
/** The package that loads the libraries, and what it needs; its own natives are those of this platform. */
const packageName = 'onnxruntime-node';
const companion = 'onnxruntime-common';

/**
 * What was there before is replaced when the new one is whole. A download that is cancelled or breaks goes on the next time. Throws a
 * UserError when another process installs the same, the disk is too small, the file is not the one that the catalogue names, or the
 * download fails.
 */
export async function installRuntime(
  runtime: InstallableRuntime,
  options: InstallOptions,
): Promise<ManagedRuntime> {
  const { runtimes, file, signal } = options;
  return alone(runtime, runtimes, signal, async () => {
    await checkSpace(runtime, runtimes, file === undefined);
    const archive = file === undefined ? await fetchArchive(runtime, options) : file;
    if (file !== undefined) await checkFile(runtime, file, options);
    options.onProgress?.({ stage: `Unpacking ${runtime.title}`, done: 0, total: 0 });
    const managed = await writeManagedRuntime(runtimes, runtime.id, async (folder) => {
      await unpack(archive, folder, signal);
      return {
        ...{ format: 1, runtime: runtime.runtime, version: runtime.version, platform: runtime.platform },
        source: file === undefined ? archiveAddress(runtime, process.env) : path.basename(file),
        entry: packageName,
      };
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      if (error instanceof UserError || errorCode(error) === undefined) throw error;
      throw new UserError(`${runtime.title} cannot be written to ${runtimes}: ${reasonOf(error)}.`);
    });
    await rm(downloads(runtimes, runtime), { recursive: true, force: true });
    return managed;
  });
}

async function checkSpace(runtime: InstallableRuntime, runtimes: string, fetches: boolean): Promise<void> {
  const { bavail, bsize } = await statfs(runtimes);
  const free = (bavail * bsize) / 1e6;
  const needed = (fetches ? runtime.archiveMegabytes : 0) + runtime.installedMegabytes;
  if (free >= needed) return;
  throw new UserError(
    `${runtime.title} need ${needed} MB in ${runtimes}, where ${Math.floor(free)} MB are free: make room, or set REPSIM_STORAGE to another folder.`,
  );
}

async function fetchArchive(runtime: InstallableRuntime, options: InstallOptions): Promise<string> {
  const url = archiveAddress(runtime, process.env);
  if (!/^https?:\/\/\S+$/.test(url) || !URL.canParse(url)) {
    throw new UserError(
      `${runtimeEnvironment.mirror} is "${process.env[runtimeEnvironment.mirror]}": set it to the address of a folder, such as https://host/folder, or install from a file.`,
    );
  }
  const file = path.join(downloads(options.runtimes, runtime), path.basename(new URL(url).pathname));
  await download({
    ...{ url, file, digest: { algorithm: 'sha256', hex: runtime.sha256 } },
    largest: slack * runtime.archiveMegabytes * 1e6,
    ...{ signal: options.signal, onProgress: options.onProgress },
  });
  return file;
}

async function checkFile(
  { title, sha256, url }: InstallableRuntime,
  file: string,
  { signal, onProgress }: InstallOptions,
): Promise<void> {
  const found = await hashFile(file, signal, (done, total) =>
    onProgress?.({ stage: `Checking ${path.basename(file)}`, done, total }),
  );
  if (found === sha256) return;
  throw new UserError(
    `${file} is not the archive of ${title} (SHA-256 ${found} instead of ${sha256}): download ${url}.`,
  );
}

/** A copy of the bundled package, with the libraries beside its own. */
async function unpack(archive: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const bundled = bundledOnnxRuntime();
  const target = path.join(folder, packageName);
  const binaries = binaryFolder(bundled);
  await cp(bundled, target, {
    recursive: true,
    filter: (from) => {
      const inside = path.relative(path.join(bundled, 'bin'), from);
      return inside.startsWith('..') || from.startsWith(binaries) || binaries.startsWith(from);
    },
  });
  await cp(path.join(bundled, '..', companion), path.join(folder, 'node_modules', companion), {
    recursive: true,
  });
  signal?.throwIfAborted();
  const into = binaryFolder(target);
  await extract({
    ...{ file: archive, cwd: into, strict: true, strip: 2 },
    filter: (name, entry) =>
      'type' in entry && entry.type === 'File' && libraries.includes(path.posix.basename(name)),
  });
  signal?.throwIfAborted();
  for (const name of libraries) {
    await stat(path.join(into, name)).catch(() => {
      throw new UserError(`${archive} has no ${name}: it is not the archive that was expected.`);
    });
  }
}
