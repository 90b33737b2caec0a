/** Installs a runtime of the catalogue and tries it. */
import type { RuntimeReport } from '../../../protocol/runtime';
import type { InstallableRuntime } from '../../../protocol/runtimeCatalogue';
import { type InstallOptions, installRuntime } from '../install/installRuntime';
import { type RuntimeLocations, runtimesFolder } from '../locations';
import { probeRuntimes } from './runtimes';

/** What was installed is kept also where it does not work yet: its requirements can come later. Throws as `installRuntime` does. */
export async function installAndTry(
  runtime: InstallableRuntime,
  locations: RuntimeLocations,
  options: Omit<InstallOptions, 'runtimes'> = {},
): Promise<RuntimeReport> {
  const { signal, onProgress } = options;
  await installRuntime(runtime, { ...options, runtimes: runtimesFolder(locations) });
  const { runtimes } = await probeRuntimes(locations, {
    signal,
    refresh: true,
    onProbe: (name) => onProgress?.({ stage: `Trying ${name}`, done: 0, total: 0 }),
  });
  return runtimes.find(({ name }) => name === runtime.runtime)!;
}
