/** Reading ahead: the next batches are made while the current one is being computed. */

/**
 * Yields `read(item)` for every item in order, with `ahead` reads (1 or more) under way beyond the one that is yielded. Reads get
 * a signal that ends them when the caller stops early, when a read fails, or when `signal` is aborted; errors are thrown in
 * the turn of their item.
 */
export async function* prefetch<T, R>(
  items: Iterable<T>,
  read: (item: T, signal: AbortSignal) => Promise<R>,
  { ahead = 2, signal }: { readonly ahead?: number; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<R, void, undefined> {
  const stop = new AbortController();
  const forward = () => stop.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', forward, { once: true });
  const rest = items[Symbol.iterator]();
  const underWay: Promise<R>[] = [];
  const begin = () => {
    const next = rest.next();
    if (next.done) return;
    const result = read(next.value, stop.signal);
    // Until its turn comes nobody waits for it, and a failure must not count as unhandled.
    result.catch(() => undefined);
    underWay.push(result);
  };
  try {
    for (let i = 0; i < ahead; i++) begin();
    for (let current = underWay.shift(); current; current = underWay.shift()) {
      const result = await current;
      signal?.throwIfAborted();
      begin();
      yield result;
    }
  } finally {
    signal?.removeEventListener('abort', forward);
    stop.abort(new Error('The batches that were read ahead are not needed any more'));
    await Promise.allSettled(underWay);
  }
}
