/**
 * Cancels a run when a file in its folder asks for it: that is how a window asks which has no channel to the engine, because it
 * was reloaded since or because another window started the run.
 */
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cancelFile } from '../protocol/engine';
import type { Served } from './serve';

const pollInterval = 500;

/** Looks for the file as long as the process lives; does not keep it alive. */
export function heedCancelFile(served: Served): void {
  const poll = setInterval(() => {
    const file = served.run && path.join(served.run, cancelFile);
    if (!file || !existsSync(file)) return;
    rmSync(file, { recursive: true, force: true });
    served.cancel();
  }, pollInterval);
  poll.unref();
}
