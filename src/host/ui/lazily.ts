/** What is loaded with its first use: most windows need little of what the extension can do. */
import type * as vscode from 'vscode';

export interface Lazy<T> extends vscode.Disposable {
  (): Promise<T>;
}

/** Calls `load` once; if it fails, again with the next use. Disposing of the result disposes of what was loaded. */
export function lazily<T extends vscode.Disposable>(load: () => Promise<T>): Lazy<T> {
  let loading: Promise<T> | undefined;
  const get = () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const dispose = () => {
    // Whoever asked has been told what went wrong.
    loading?.then(
      (loaded) => loaded.dispose(),
      () => undefined,
    );
  };
  return Object.assign(get, { dispose });
}
