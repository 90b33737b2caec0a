/** Tests that tell one story in one window: each step goes on where the last one ended. */
import test from 'node:test';
import type { VsCode } from './vscode';

/**
 * Returns what declares a step. What a step waits for has a time of its own; `timeout` ends one that hangs. A step that
 * fails leaves a picture of the window, and those after it fail at once instead of waiting for what cannot come.
 */
export function story(
  window: () => VsCode,
  timeout = 900_000,
): (name: string, body: () => Promise<void>) => void {
  let failed: string | undefined;
  return (name, body) => {
    test(name, { timeout }, async () => {
      if (failed) throw new Error(`"${failed}" has failed before`);
      try {
        await body();
      } catch (error) {
        failed = name;
        await window()
          .screenshot('failed')
          .catch(() => {});
        throw error;
      }
    });
  };
}
