/** The connection of a download: through the proxy of the environment, told what went wrong. */
import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { UserError } from '../errors';
import { errorCode } from '../formats/fileErrors';

/** A transfer that ended too early: worth another attempt. */
export class BrokenTransfer extends Error {}

/** What connects: through the proxy of the environment, where there is one. Throws a UserError where it is no address. */
export function openDispatcher(): Dispatcher {
  const named = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'].some((name) => process.env[name]);
  // undici calls its agent for proxies experimental on stderr: only who has a proxy is told.
  if (!named) return new Agent();
  try {
    return new EnvHttpProxyAgent();
  } catch {
    throw new UserError(
      "The proxy is not an address: set HTTPS_PROXY (or the editor's setting http.proxy) to one such as http://host:port.",
    );
  }
}

/**
 * Asks for `url`; a status of 416 is an answer too. Throws a UserError where the server refuses or leads away from encryption, a
 * BrokenTransfer where asking again may help.
 */
export async function connect(
  url: string,
  dispatcher: Dispatcher,
  options: { readonly signal: AbortSignal; readonly headers: Record<string, string> },
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...options, dispatcher });
  } catch (error) {
    throw new BrokenTransfer(causeOf(error));
  }
  if (url.startsWith('https:') && !response.url.startsWith('https:')) {
    await response.body?.cancel();
    throw new UserError(`${new URL(url).host} leads to an address without encryption: nothing was taken.`);
  }
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  // Servers that are busy say so by these.
  if (response.status >= 500 || response.status === 429)
    throw new BrokenTransfer(`status ${response.status}`);
  throw new UserError(
    `${new URL(url).host} answers ${response.status} for ${url}: check the address, or use a file that was downloaded before.`,
  );
}

/** The offset of the first byte of the body in the file. */
export function startOf(response: Response): number {
  if (response.status !== 206) return 0;
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

/** The bytes of an answer; throws a BrokenTransfer where they break off. */
export async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response.body ?? []) yield chunk as Uint8Array;
  } catch (error) {
    throw new BrokenTransfer(causeOf(error));
  }
}

/** The server's name for the version of the file; a weak one does not promise the same bytes. */
export function validatorOf(response: Response): string | null {
  const tag = response.headers.get('etag');
  if (tag !== null && !tag.startsWith('W/')) return tag;
  return response.headers.get('last-modified');
}

function causeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  if (cause instanceof Error) return errorCode(cause) ?? cause.message;
  return error instanceof Error ? error.message : String(error);
}
