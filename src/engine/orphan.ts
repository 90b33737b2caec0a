/**
 * What the engine does when its host is gone (the window was reloaded or closed): it finishes the run that it is at,
 * unless the run's folder asks it to cancel, and ends.
 */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cancelFile } from '../protocol/engine';
import type { Served } from './serve';

const pollInterval = 500;

/** Resolves when the work that was going on is done. */
export async function finishAlone(served: Served): Promise<void> {
  const poll = setInterval(() => {
    const file = served.run && path.join(served.run, cancelFile);
    if (!file || !existsSync(file)) return;
    rmSync(file, { force: true });
    served.cancel();
  }, pollInterval);
  try {
    await served.idle();
  } finally {
    clearInterval(poll);
  }
}
