/** The lease on a run as the jobs hold it: refusals are sentences, and who has lost it writes no more. */
import path from 'node:path';
import { holderName, leaseFolder } from '../../protocol/lease';
import { claimRun } from '../../protocol/leaseFiles';
import { UserError } from '../errors';
import { writingTo } from './fileErrors';

export interface HeldRun {
  /** Throws a UserError when another process has taken the run over, or its folder is gone. */
  assertHeld(): void;
  /** Lets others have the run. Does not throw. */
  release(): Promise<void>;
}

/** Takes the lease on the run in `folder`. Throws a UserError when another process works on it. */
export async function holdRun(folder: string, signal?: AbortSignal): Promise<HeldRun> {
  const claim = await writingTo(folder, () => claimRun(folder, { signal }));
  if ('holder' in claim) {
    throw new UserError(
      `The run ${folder} is still being worked on by ${holderName(claim.holder)}: wait for it, or cancel it first. If that process is gone, remove ${path.join(folder, leaseFolder)}.`,
    );
  }
  const { lease } = claim;
  return {
    assertHeld() {
      if (lease.held) return;
      throw new UserError(
        `The run ${folder} was removed or taken over by another process: this one writes no more to it.`,
      );
    },
    release: () => lease.release(),
  };
}
