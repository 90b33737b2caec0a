/** What happens where stdout or stderr cannot be written: the work goes on, and what matters of it is in files. */

/** Call once, before anything is written. Without it Node ends the process with a stack trace, in the midst of the work. */
export function outliveOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who read has seen enough, as `head` does.
    if (error.code === 'EPIPE') return;
    process.exitCode = 1;
    process.stderr.write(
      `repsim: The output cannot be written (${error.code ?? error.message}): free some space or send it elsewhere.\n`,
    );
  });
  // There is nowhere left to tell of it.
  process.stderr.on('error', () => {});
}
