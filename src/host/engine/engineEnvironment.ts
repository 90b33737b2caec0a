/**
 * What engine processes are told by their environment. Said once, when the extension is activated, for it is the same for
 * all that a window starts. Knows nothing of the editor.
 */
type Environment = Readonly<Record<string, string>>;

let current: () => Environment = () => ({});

/** `environment` is asked each time a process is started. */
export function provideEngineEnvironment(environment: () => Environment): void {
  current = environment;
}

export function engineEnvironment(): Environment {
  return current();
}
