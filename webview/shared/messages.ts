/** Talks with the host: what is sent has a type, what arrives is checked before anything reads it. */
import * as l10n from '@vscode/l10n';
import type * as z from 'zod';

export interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

export interface HostChannel<Outgoing, State> {
  post(message: Outgoing): void;
  /** What the panel showed when it was last open; the schema's defaults when there is none. */
  readonly state: State;
  keep(state: State): void;
}

/**
 * Listens on `window` and returns the way to the host. A message that does not match is handed to `onUnreadable`
 * with the reason and goes no further.
 */
export function connectHost<Incoming, Outgoing, State>(
  window: Window,
  api: VsCodeApi,
  schemas: { readonly incoming: z.ZodType<Incoming>; readonly state: z.ZodType<State> },
  onMessage: (message: Incoming) => void,
  onUnreadable: (reason: string) => void,
): HostChannel<Outgoing, State> {
  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const parsed = schemas.incoming.safeParse(event.data);
    if (parsed.success) onMessage(parsed.data);
    else {
      const issue = parsed.error.issues[0];
      onUnreadable(`${issue?.path.join('.') || 'message'}: ${issue?.message ?? l10n.t('not as expected')}`);
    }
  });
  const kept = schemas.state.safeParse(api.getState());
  return {
    post: (message) => api.postMessage(message),
    state: kept.success ? kept.data : schemas.state.parse({}),
    keep: (state) => api.setState(state),
  };
}
