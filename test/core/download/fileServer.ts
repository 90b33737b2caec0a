/** A server of one file that fails as servers and networks do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Behaviour {
  readonly bytes: Buffer;
  readonly etag?: string;
  /** Bytes after which each connection is cut. */
  readonly cutAfter?: number;
  /** Stops sending after so many bytes, without closing. */
  readonly stallAfter?: number;
  readonly ignoresRange?: boolean;
  readonly status?: number;
  readonly location?: string;
}

export interface FileServer {
  readonly url: string;
  readonly port: number;
  /** `Range` headers of the requests, "" for none. */
  readonly ranges: string[];
  behaviour: Behaviour;
  close(): Promise<void>;
}

export async function fileServer(behaviour: Behaviour): Promise<FileServer> {
  const ranges: string[] = [];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '');
    answer(self.behaviour, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const self: FileServer = {
    url: `http://127.0.0.1:${port}/file.bin`,
    port,
    ranges,
    behaviour,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return self;
}

function answer(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): void {
  const { bytes, etag, status, location } = behaviour;
  if (status !== undefined || location !== undefined) {
    response.writeHead(status ?? 302, location === undefined ? {} : { location }).end();
    return;
  }
  const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  const same = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
  const start = asked !== undefined && same && !behaviour.ignoresRange ? Number(asked) : 0;
  if (start >= bytes.length && start > 0) {
    response.writeHead(416).end();
    return;
  }
  const body = bytes.subarray(start);
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': body.length,
    ...(etag !== undefined && { etag }),
    ...(start > 0 && { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  });
  const most = behaviour.cutAfter ?? behaviour.stallAfter;
  if (most === undefined || body.length <= most) {
    response.end(body);
    return;
  }
  response.write(body.subarray(0, most), () => {
    if (behaviour.cutAfter !== undefined) response.destroy();
  });
}
