/**
 * Cancels the work on a run when a file in its folder asks for it: that is how a window asks which has no channel to the process at
 * work, because it was reloaded since, or because another window or a terminal started the run.
 */
import { existsSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { cancelFile, manifestFile } from '../../protocol/runs';

const pollInterval = 500;

export interface CancelFileWatch {
  /** Heeds the file in the folder of this run from now on, once; one from before the run was begun or resumed is taken away. */
  watch(run: string): void;
  stop(): void;
}

/** Calls `cancel` when the run that is watched shall be cancelled. Does not keep the process alive. */
export function heedCancelFile(cancel: () => void): CancelFileWatch {
  let file: string | undefined;
  let poll: NodeJS.Timeout | undefined;
  const stop = () => clearInterval(poll);
  const takeAway = (asked: string) => rmSync(asked, { recursive: true, force: true });
  return {
    watch(run) {
      const wanted = path.join(run, cancelFile);
      if (wanted === file) return;
      file = wanted;
      stop();
      if (timeOf(wanted) < timeOf(path.join(run, manifestFile))) takeAway(wanted);
      poll = setInterval(() => {
        if (!existsSync(wanted)) return;
        stop();
        takeAway(wanted);
        cancel();
      }, pollInterval);
      poll.unref();
    },
    stop,
  };
}

/** When the file was written, by the clock of the file system; 0 where there is none. The manifest is written anew whenever work begins. */
function timeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
