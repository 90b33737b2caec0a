/**
 * Runs one command's work with everything around it: progress on stderr, one JSON object on stdout if asked, Ctrl-C, and
 * the exit code: 0 done, 1 failed or stopped, 2 wrong arguments.
 */
import { isatty } from 'node:tty';
import { isCancellation, RequestError, UserError } from '../core/errors';
import { printable } from '../core/printable';
import { heedCancelFile } from '../core/runs/heedCancelFile';
import type { ReportProgress } from '../protocol/progress';
import { type RuntimeChoice, runtimeEnvironment } from '../protocol/runtime';
import { createProgressDisplay } from './progressDisplay';
import { commandName, quoted } from './shell';

export interface JobOptions {
  readonly runtime?: RuntimeChoice;
  readonly seed?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

/** What a command's work is given. */
export interface Job {
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
  /** Writes lines for people to stderr, above the progress bar. */
  readonly say: (text: string) => void;
  /** A run that is left behind when the job is stopped, by Ctrl-C or by a window that asks for it, and that can be resumed. */
  setRun(run: string): void;
}

/** Does `work` and prints its result, an object for `--json`. */
export async function runJob(options: JobOptions, work: (job: Job) => Promise<object>): Promise<void> {
  const controller = new AbortController();
  const display = createProgressDisplay(process.stderr);
  let run: string | undefined;
  const stop = (why: string): void => {
    if (controller.signal.aborted) return;
    display.say(`${why} after this step; press Ctrl-C again to stop at once.`);
    controller.abort(new Error('stopped'));
  };
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(1);
    stop('Stopping');
  };
  // Asked now: a terminal that is closed is none any more.
  const hadTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const hangUp = (): void => {
    // Without a terminal this is `nohup`, which Node forgets when it starts: the work goes on.
    if (hadTerminal) stop('Stopping, as the terminal is closed,');
  };
  const asked = heedCancelFile(() => stop('Stopping, as a window of VS Code asks,'));
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', hangUp);
  try {
    // Who names TensorFlow in a folder means that of the folder, if it has one; "auto" loads nothing from there.
    if (options.runtime === 'tensorflow') process.env[runtimeEnvironment.workspace] ??= process.cwd();
    const result = await work({
      signal: controller.signal,
      report: display.report,
      say: display.say,
      setRun: (folder) => {
        run = folder;
        asked.watch(folder);
      },
    });
    display.stop();
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  } catch (error) {
    display.stop();
    process.exitCode = error instanceof RequestError ? 2 : 1;
    if (isCancellation(error, controller.signal)) {
      process.stderr.write(
        run ? `Stopped. Go on with: ${commandName()} finetune --resume ${quoted(run)}\n` : 'Stopped.\n',
      );
    } else {
      process.stderr.write(`repsim: ${printable(sentence(error))}\n`);
    }
  } finally {
    asked.stop();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    process.off('SIGHUP', hangUp);
  }
}

function sentence(error: unknown): string {
  if (error instanceof UserError) return error.message;
  if (error instanceof Error && (error as NodeJS.ErrnoException).syscall === 'uv_cwd')
    return 'The current folder is gone: change to one that exists.';
  if (process.env.REPSIM_DEBUG && error instanceof Error) return error.stack ?? error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `${message.split('\n', 1)[0]} (This is a fault of repsim; please report it with the output of REPSIM_DEBUG=1.)`;
}
