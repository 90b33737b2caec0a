/** Errors that are meant for people, and how to tell cancelled work from broken work. */
import { printableName } from './printable';

/**
 * An error that the person at the keyboard can act on: its message is one sentence that says what happened, where, and
 * what to do. Anything else that is thrown is a fault of the program and is shown with "please report".
 * Cancelled work throws the `reason` of its AbortSignal instead.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  constructor(message: string, options?: ErrorOptions) {
    // Names out of files may hold anything, and a terminal obeys control characters.
    super(printableName(message), options);
  }
}

/** A UserError about the request itself rather than what it names: the command line answers it with exit code 2. */
export class RequestError extends UserError {}

/** Whether `error` is the reason of `signal`, that is, the work was cancelled rather than broken. */
export function isCancellation(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error === signal.reason;
}
