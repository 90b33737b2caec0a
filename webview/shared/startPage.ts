/** What every page does first: takes the words of the editor's language, registers the controls, and connects its view with the host. */
import * as l10n from '@vscode/l10n';
import type * as z from 'zod';
import { adoptChartStyle } from './adoptChartStyle';
import { registerControls } from './controls';
import { connectHost, type HostChannel, type VsCodeApi } from './messages';

declare function acquireVsCodeApi(): VsCodeApi;

export interface PageView<Incoming> {
  receive(message: Incoming): void;
  /** A message could not be read: what is shown stays, and says so. */
  missed(reason: string): void;
}

/** Element of the page that holds the translated words, as JSON under the English ones. */
const wordsElement = 'words';

/** `build` makes the view into the page's element; it is told everything that arrives. */
export function startPage<Incoming, Outgoing, State>(
  schemas: { readonly incoming: z.ZodType<Incoming>; readonly state: z.ZodType<State> },
  build: (root: HTMLElement, host: HostChannel<Outgoing | { type: 'ready' }, State>) => PageView<Incoming>,
): void {
  const words = document.getElementById(wordsElement)?.textContent;
  if (words) l10n.config({ contents: words });
  registerControls();
  adoptChartStyle(document);
  const root = document.getElementById('app');
  if (!root) throw new Error('The page of the panel has no element #app.');
  const host = connectHost<Incoming, Outgoing | { type: 'ready' }, State>(
    window,
    acquireVsCodeApi(),
    schemas,
    (message) => view.receive(message),
    (reason) => view.missed(reason),
  );
  const view = build(root, host);
  host.post({ type: 'ready' });
}
