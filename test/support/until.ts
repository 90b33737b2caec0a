/** Waits by looking again and again; how long is patience with a busy machine, not a judgement. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The first answer that is not undefined, null or false.
 * @throws Error that says what was waited for, after `timeout` milliseconds
 */
export async function until<T>(
  what: string,
  look: () => Promise<T> | T,
  { timeout = 60_000, interval = 50 } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false)
      return found as NonNullable<Exclude<T, false>>;
    if (Date.now() > end) throw new Error(`Not within ${timeout / 1000} s: ${what}`);
    await sleep(interval);
  }
}
