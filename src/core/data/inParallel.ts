/** Doing many things, a few at a time. */

/**
 * Calls `work` for every item, at most `parallel` at once. After the first error no further item is begun, and it is
 * thrown when everything that was under way has ended.
 */
export async function inParallel<T>(
  items: Iterable<T>,
  parallel: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const errors: unknown[] = [];
  const rest = items[Symbol.iterator]();
  const lane = async () => {
    while (errors.length === 0) {
      const next = rest.next();
      if (next.done) return;
      try {
        await work(next.value);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
  if (errors.length > 0) throw errors[0];
}
