/** A page of the extension's in a panel or a view: what it says is checked, and what changed is sent to it while it is there. */
import type * as vscode from 'vscode';
import type * as z from 'zod';
import { rateLimit } from '../../protocol/rateLimit';
import type { Failures } from './failures';
import { pageOptions, panelPage } from './panelPage';

/** In milliseconds: four pictures a second are live to the eye. */
const updateInterval = 250;

/** What pages share: where their files are, and how what goes wrong is told. */
export interface PageServices {
  readonly extension: vscode.Uri;
  readonly failures: Failures;
}

/** What a kind of pages consists of. */
export interface PageKind<Message> {
  /** Of the bundled script and style. */
  readonly name: string;
  /** What the page says: `ready` once it listens, and what its controls ask for. */
  readonly messages: z.ZodType<Message>;
}

export abstract class WebviewPage<Message extends { readonly type: string }> implements vscode.Disposable {
  /** Ends with the page. */
  protected readonly subscriptions: vscode.Disposable[] = [];
  private readonly sendSoon = rateLimit<void>(updateInterval, () => {
    if (this.isThere) this.failures.guard(() => this.send());
  });
  private readonly failures: Failures;
  private listens = false;

  /** Fills `place`, also one that was restored, and lives until it is closed. */
  constructor(
    private readonly place: vscode.WebviewPanel | vscode.WebviewView,
    kind: PageKind<Message>,
    { extension, failures }: PageServices,
  ) {
    this.failures = failures;
    const { webview } = place;
    const onDidChangeVisible =
      'onDidChangeVisibility' in place ? place.onDidChangeVisibility : place.onDidChangeViewState;
    this.subscriptions.push(
      webview.onDidReceiveMessage((message: unknown) => {
        const parsed = kind.messages.safeParse(message);
        if (parsed.success) failures.guard(() => this.hear(parsed.data));
      }),
      onDidChangeVisible(() => {
        // A hidden page is gone: the next one says again that it is ready.
        if (!place.visible) this.listens = false;
      }),
      place.onDidDispose(() => this.dispose()),
    );
    webview.options = pageOptions(extension);
    webview.html = panelPage(webview, extension, kind.name);
  }

  /** There is something new to send: soon, if the page is there. */
  update(): void {
    this.sendSoon();
  }

  dispose(): void {
    this.listens = false;
    this.sendSoon.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Whether the page listens; what takes time asks again afterwards. */
  protected get isThere(): boolean {
    return this.listens;
  }

  /** False if the page is not there. */
  protected async post(message: object): Promise<boolean> {
    return this.listens && this.place.webview.postMessage(message);
  }

  /** Sends all that the page shows. */
  protected abstract send(): unknown;

  /** Does what the page asks for. */
  protected abstract act(message: Exclude<Message, { readonly type: 'ready' }>): unknown;

  /** The page listens from now on. */
  protected begin(): unknown {
    return this.update();
  }

  private hear(message: Message): unknown {
    if (!isRequest(message)) {
      this.listens = true;
      return this.begin();
    }
    return this.act(message);
  }
}

function isRequest<Message extends { readonly type: string }>(
  message: Message,
): message is Exclude<Message, { readonly type: 'ready' }> {
  return message.type !== 'ready';
}
