/** Bounds how often messages are sent: views draw a few times a second, however fast the work goes. */

export interface RateLimited<T> {
  (value: T): void;
  /** Sends what is waiting now. */
  flush(): void;
  /** Forgets what is waiting. */
  dispose(): void;
}

/** Calls `send` at most once in `interval` milliseconds; values in between are dropped but for the newest. */
export function rateLimit<T>(interval: number, send: (value: T) => void): RateLimited<T> {
  let waiting: { value: T } | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Number.NEGATIVE_INFINITY;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!waiting) return;
    const { value } = waiting;
    waiting = undefined;
    last = performance.now();
    send(value);
  };
  const limited = (value: T) => {
    waiting = { value };
    const wait = last + interval - performance.now();
    if (wait <= 0) flush();
    else timer ??= setTimeout(flush, wait);
  };
  const dispose = () => {
    clearTimeout(timer);
    timer = undefined;
    waiting = undefined;
  };
  return Object.assign(limited, { flush, dispose });
}
