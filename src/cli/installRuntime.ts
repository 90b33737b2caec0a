/** `repsim runtimes install|remove`: runtimes of the catalogue, fetched or from a file, and away with them. */
import path from 'node:path';
import { installRuntime, removeRuntime } from '../core/compute/install/installRuntime';
import { runtimeLocations } from '../core/compute/locations';
import { thisPlatform } from '../core/compute/managed';
import { probeRuntimes } from '../core/compute/probe/runtimes';
import type { RuntimeReport } from '../protocol/runtime';
import { type InstallableRuntime, installableOn } from '../protocol/runtimeCatalogue';
import { ArgumentError, type Job, type JobOptions } from './job';

export interface InstallOptions extends Pick<JobOptions, 'json'> {
  readonly file?: string;
}

const runtimesFolder = () => path.join(runtimeLocations().storage, 'runtimes');

/** Throws an ArgumentError that lists what there is for this platform. */
function findInstallable(id: string): InstallableRuntime {
  const all = installableOn(thisPlatform);
  const found = all.find((one) => one.id === id);
  if (found !== undefined) return found;
  if (all.length === 0) throw new ArgumentError(`There is nothing to install on ${thisPlatform}.`);
  const known = all.map((one) => `${one.id} (${one.title})`).join(', ');
  throw new ArgumentError(`There is no runtime "${id}" to install: choose ${known}.`);
}

/** Whether it works is part of the answer: where its requirements are not met, it is kept all the same. */
export async function installCommand(id: string, options: InstallOptions, job: Job): Promise<RuntimeReport> {
  const runtime = findInstallable(id);
  const runtimes = runtimesFolder();
  job.say(
    `${runtime.title}, version ${runtime.version}: about ${runtime.archiveMegabytes} MB from ${options.file ?? runtime.url} into ${path.join(runtimes, id)}. Needs ${runtime.requirements}.`,
  );
  await installRuntime(runtime, {
    ...{ runtimes, signal: job.signal, onProgress: job.report },
    ...(options.file !== undefined && { file: path.resolve(options.file) }),
  });
  const report = await probeRuntimes(runtimeLocations(), {
    signal: job.signal,
    refresh: true,
    onProbe: (name) => job.report({ stage: `Trying ${name}`, done: 0, total: 0 }),
  });
  const installed = report.runtimes.find(({ name }) => name === runtime.runtime)!;
  job.say(
    installed.available
      ? `${runtime.title} are installed: ${installed.device}, ${installed.gigaflops} GFLOP/s. Use them with --runtime ${runtime.runtime}.`
      : `${runtime.title} are installed but do not work yet: ${installed.why}; ${installed.fix}.`,
  );
  return installed;
}

export async function removeCommand(id: string, job: Job): Promise<{ readonly removed: boolean }> {
  const runtime = findInstallable(id);
  const removed = await removeRuntime(runtime, runtimesFolder());
  job.say(removed ? `${runtime.title} are removed.` : `${runtime.title} were not installed.`);
  return { removed };
}
