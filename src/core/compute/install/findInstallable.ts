/** A runtime of the catalogue by its name, for this platform. */
import { type InstallableRuntime, installableOn } from '../../../protocol/runtimeCatalogue';
import { RequestError } from '../../errors';
import { thisPlatform } from '../managed';

/** Throws a RequestError that lists what there is. */
export function findInstallable(id: string): InstallableRuntime {
  const all = installableOn(thisPlatform);
  const found = all.find((one) => one.id === id);
  if (found !== undefined) return found;
  if (all.length === 0)
    throw new RequestError(`There is nothing to install on ${thisPlatform}: see repsim runtimes.`);
  const known = all.map((one) => `${one.id} (${one.title})`).join(', ');
  throw new RequestError(`There is no runtime "${id}" to install: choose ${known}.`);
}
