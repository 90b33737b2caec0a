/** `repsim runtimes install|remove`: runtimes of the catalogue, fetched or from a file, and away with what was installed or linked. */
import path from 'node:path';
import { findInstallable } from '../core/compute/install/findInstallable';
import { removeRuntime } from '../core/compute/install/removeRuntime';
import { runtimeLocations, runtimesFolder } from '../core/compute/locations';
import { installAndTry } from '../core/compute/probe/installAndTry';
import type { RuntimeReport } from '../protocol/runtime';
import { archiveAddress } from '../protocol/runtimeCatalogue';
import type { Job, JobOptions } from './job';

export interface InstallOptions extends Pick<JobOptions, 'json'> {
  readonly file?: string;
}

export async function installCommand(id: string, options: InstallOptions, job: Job): Promise<RuntimeReport> {
  const runtime = findInstallable(id);
  const locations = runtimeLocations();
  job.say(
    `${runtime.title}, version ${runtime.version}: about ${runtime.archiveMegabytes} MB from ${options.file ?? archiveAddress(runtime, process.env)} into ${path.join(runtimesFolder(locations), id)}. Needs ${runtime.requirements}.`,
  );
  const installed = await installAndTry(runtime, locations, {
    ...{ signal: job.signal, onProgress: job.report },
    ...(options.file !== undefined && { file: path.resolve(options.file) }),
  });
  job.say(
    installed.available
      ? `${runtime.title} are installed: ${installed.device}, ${installed.gigaflops} GFLOP/s. Use them with --runtime ${runtime.runtime}.`
      : `${runtime.title} are installed but do not work yet: ${installed.why}; ${installed.fix}.`,
  );
  return installed;
}

export async function removeCommand(id: string, job: Job): Promise<{ readonly removed: boolean }> {
  const { title, removed } = await removeRuntime(id, runtimeLocations().managed);
  job.say(`${title}: ${removed ? 'removed' : 'nothing to remove'}.`);
  return { removed };
}
