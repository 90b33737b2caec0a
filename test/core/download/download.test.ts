/** Downloads from a server that cuts, stalls, lies and changes its mind. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { type Download, download } from '../../../src/core/download/download';
import { type Behaviour, type FileServer, fileServer } from './fileServer';

const bytes = randomBytes(1_000_000);
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

interface Story {
  readonly server: FileServer;
  readonly folder: string;
  readonly file: string;
  run(options?: Partial<Download>): Promise<void>;
}

async function story(t: TestContext, behaviour: Partial<Behaviour> = {}): Promise<Story> {
  const server = await fileServer({ bytes, etag: '"one"', ...behaviour });
  const folder = mkdtempSync(path.join(tmpdir(), 'repsim-download-'));
  t.after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const file = path.join(folder, 'file.bin');
  const digest = { algorithm: 'sha256' as const, hex: sha256(bytes) };
  const job = { url: server.url, file, digest, largest: 2_000_000, silence: 300 };
  return { server, folder, file, run: (options) => download({ ...job, ...options }) };
}

test('a file arrives whole, with progress, and leaves nothing beside it', async (t) => {
  const { run, file, folder } = await story(t);
  const seen: number[] = [];
  await run({ onProgress: ({ stage, done }) => stage.startsWith('Downloading') && seen.push(done) });
  assert.deepEqual(readFileSync(file), bytes);
  assert.deepEqual(readdirSync(folder), ['file.bin']);
  assert.equal(seen.at(-1), bytes.length);
});

test('a connection that is cut again and again is resumed where it stopped', async (t) => {
  const { run, file, server } = await story(t, { cutAfter: 300_000 });
  await run();
  assert.deepEqual(readFileSync(file), bytes);
  assert.equal(server.ranges[0], '');
  assert.ok(server.ranges.length >= 4, `${server.ranges}`);
  assert.ok(server.ranges.slice(1).every((range) => /^bytes=\d+-$/.test(range)));
});

test('a server that goes silent counts as broken, and is asked again', async (t) => {
  const { run, file, server } = await story(t, { stallAfter: 400_000 });
  await run();
  assert.deepEqual(readFileSync(file), bytes);
  assert.ok(server.ranges.length >= 3);
});

test('a server that ignores ranges sends the file anew', async (t) => {
  const { run, file, server } = await story(t, { cutAfter: 300_000 });
  const cancel = new AbortController();
  const cancelled = run({
    signal: cancel.signal,
    onProgress: ({ done }) => done > 500_000 && cancel.abort(),
  });
  await assert.rejects(cancelled, { name: 'AbortError' });
  server.behaviour = { bytes, ignoresRange: true };
  await run();
  assert.deepEqual(readFileSync(file), bytes);
});

test('a cancelled download goes on the next time from what it had', async (t) => {
  const { run, file, server } = await story(t, { stallAfter: 600_000 });
  const cancel = new AbortController();
  await assert.rejects(
    run({ signal: cancel.signal, onProgress: ({ done }) => done >= 500_000 && cancel.abort() }),
    { name: 'AbortError' },
  );
  assert.ok(existsSync(`${file}.part`) && !existsSync(file));
  server.behaviour = { bytes, etag: '"one"' };
  await run();
  assert.deepEqual(readFileSync(file), bytes);
  assert.match(server.ranges.at(-1)!, /^bytes=[5-9]\d{5}-$/);
});

test('parts of two versions of a file are never mixed', async (t) => {
  const { run, file, server } = await story(t, {
    bytes: randomBytes(1_000_000),
    cutAfter: 300_000,
    etag: '"old"',
  });
  const cancel = new AbortController();
  await assert.rejects(
    run({ signal: cancel.signal, onProgress: ({ done }) => done >= 200_000 && cancel.abort() }),
  );
  server.behaviour = { bytes, etag: '"new"' };
  await run();
  assert.deepEqual(readFileSync(file), bytes);
});

test('other bytes than expected are removed, in one sentence', async (t) => {
  const { run, folder } = await story(t, { bytes: randomBytes(1000) });
  await assert.rejects(run(), {
    name: 'UserError',
    message: /not the expected file \(sha256 .* it was removed/,
  });
  assert.deepEqual(readdirSync(folder), []);
});

test('a file that is larger than it may be is not taken, whether the server says its size or not', async (t) => {
  const { run, folder } = await story(t);
  await assert.rejects(run({ largest: 999_999 }), { name: 'UserError', message: /larger than the 1\.0 MB/ });
  assert.ok(!readdirSync(folder).includes('file.bin'));
});

test('a refusal is told at once, a server in trouble after some attempts', async (t) => {
  const { run, server } = await story(t, { status: 404 });
  await assert.rejects(run(), { name: 'UserError', message: /answers 404 for http/ });
  assert.equal(server.ranges.length, 1);
});

test('a server that is not there is named', async (t) => {
  const { run, server } = await story(t);
  await server.close();
  await assert.rejects(run(), {
    name: 'UserError',
    message: /^127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/,
  });
});

test('a proxy that is no address is told as such', async (t) => {
  process.env.https_proxy = 'proxy of the house';
  t.after(() => delete process.env.https_proxy);
  const { run } = await story(t);
  await assert.rejects(run(), {
    name: 'UserError',
    message: /^The proxy is not an address: set HTTPS_PROXY/,
  });
});

test('the proxy of the environment is used', async (t) => {
  const { run, file } = await story(t);
  const targets: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    targets.push(request.url!);
    const [host, port] = request.url!.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => proxy.close());
  process.env.http_proxy = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  t.after(() => delete process.env.http_proxy);
  await run();
  assert.deepEqual(readFileSync(file), bytes);
  assert.equal(targets.length, 1);
});
