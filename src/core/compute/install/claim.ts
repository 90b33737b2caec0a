/** One process at a time installs, links or removes a runtime. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { holderName } from '../../../protocol/lease';
import { claimRun } from '../../../protocol/leaseFiles';
import type { InstallableRuntime } from '../../../protocol/runtimeCatalogue';
import { UserError } from '../../errors';
import { reasonOf } from '../../formats/fileErrors';
import { removeLeftovers } from '../managed';

type Kept = Pick<InstallableRuntime, 'id' | 'title'>;

/** Hidden, so that nobody takes it for a runtime. */
export const downloads = (runtimes: string, { id }: Kept) => path.join(runtimes, `.download-${id}`);

/** Runs `work` while no other process installs, links or removes the same. Throws a UserError where one does. */
export async function alone<T>(
  { id, title }: Kept,
  runtimes: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const place = path.join(runtimes, `.lock-${id}`);
  await mkdir(place, { recursive: true }).catch((error: unknown) => {
    throw new UserError(`${runtimes} cannot be written to: ${reasonOf(error)}.`);
  });
  const claim = await claimRun(place, { signal });
  if ('holder' in claim) {
    throw new UserError(`${title}: being installed or removed by ${holderName(claim.holder)}, wait for it.`);
  }
  try {
    await removeLeftovers(runtimes, id);
    return await work();
  } finally {
    await claim.lease.release();
  }
}
