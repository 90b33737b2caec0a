/**
 * Fetches one large file whose digest is known. A broken transfer goes on where it stopped, now or the next time; nothing has the
 * file's name before all its bytes are there and right.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Dispatcher, Response } from 'undici';
import type { ReportProgress } from '../../protocol/progress';
import { UserError } from '../errors';
import { errorCode, reasonOf } from '../formats/fileErrors';
import { BrokenTransfer, bodyOf, connect, openDispatcher, startOf, validatorOf } from './connection';

export interface Download {
  /** http or https. */
  readonly url: string;
  /** Where it goes; what is there is replaced. */
  readonly file: string;
  readonly digest: { readonly algorithm: 'sha256' | 'md5'; readonly hex: string };
  /** More bytes than this are not taken. */
  readonly largest: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ReportProgress | undefined;
  /** Milliseconds without a byte after which the connection counts as broken; default 30 000. */
  readonly silence?: number | undefined;
}

/** Attempts in a row that bring no byte. */
const fruitlessAttempts = 4;
const pauseBetween = 500;
const defaultSilence = 30_000;

/** What the bytes of a partial file belong to. */
interface PartialOrigin {
  readonly url: string;
  /** The server's name for the version of the file, so that two are not mixed. */
  readonly validator: string | null;
}

/**
 * Proxies are taken from the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). What a cancelled or broken download has brought stays
 * in `<file>.part`. Throws a UserError when the server refuses, the connection stays broken, the file is too large or its
 * digest is another: then what was brought is removed.
 */
export async function download(job: Download): Promise<void> {
  const { file, signal } = job;
  const part = `${file}.part`;
  const host = new URL(job.url).host;
  const dispatcher = openDispatcher();
  try {
    await mkdir(path.dirname(file), { recursive: true });
    let fruitless = 0;
    for (;;) {
      const before = await sizeOf(part);
      try {
        await transfer(job, part, dispatcher);
        break;
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof BrokenTransfer)) throw error;
        const size = await sizeOf(part);
        fruitless = size > before ? 0 : fruitless + 1;
        if (fruitless < fruitlessAttempts) {
          await pause(pauseBetween * 2 ** fruitless, undefined, signal && { signal });
          continue;
        }
        throw new UserError(
          size === 0
            ? `${host} cannot be reached (${error.message}): check the network and the proxy (HTTPS_PROXY), or use a file that was downloaded before.`
            : `The download from ${host} broke off after ${megabytes(size)} MB (${error.message}): try again, it goes on from there.`,
        );
      }
    }
    await checkDigest(job, part, host);
    await rename(part, file);
    await rm(originFile(part), { force: true });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError || errorCode(error) === undefined) throw error;
    throw new UserError(`${file} cannot be written: ${reasonOf(error)}.`);
  } finally {
    await dispatcher.destroy();
  }
}

/** One connection: what is missing of the file, or all of it where the server has another one now. */
async function transfer(job: Download, part: string, dispatcher: Dispatcher): Promise<void> {
  const { url, signal, silence = defaultSilence } = job;
  const have = await sizeOf(part);
  const origin = await readOrigin(part);
  const resumes = have > 0 && origin?.url === url;
  // A quiet connection is ended by us; a cancelled job by its signal.
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), silence);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => quiet.abort(), silence);
  };
  try {
    const response = await connect(url, dispatcher, {
      signal: signal ? AbortSignal.any([signal, quiet.signal]) : quiet.signal,
      headers: resumes
        ? { range: `bytes=${have}-`, ...(origin.validator !== null && { 'if-range': origin.validator }) }
        : {},
    });
    heard();
    if (response.status === 416) {
      // Nothing is left to send: the digest tells whether what we have is the file.
      await response.body?.cancel();
      return;
    }
    const start = startOf(response);
    if (start !== 0 && start !== have) {
      await response.body?.cancel();
      await rm(originFile(part), { force: true });
      throw new BrokenTransfer('the server sent another part than it was asked for');
    }
    const length = Number(response.headers.get('content-length') ?? Number.NaN);
    const total = Number.isFinite(length) ? start + length : 0;
    if (total > job.largest) throw tooLarge(job);
    await writeFile(originFile(part), JSON.stringify({ url, validator: validatorOf(response) }));
    await append(job, part, start, total, response, heard);
  } finally {
    clearTimeout(timer);
    // What is left of a body that nobody wants is not waited for.
    quiet.abort();
  }
}

async function append(
  job: Download,
  part: string,
  start: number,
  total: number,
  response: Response,
  heard: () => void,
): Promise<void> {
  const handle = await open(part, start > 0 ? 'r+' : 'w');
  let done = start;
  try {
    if (start === 0) await handle.truncate(0);
    for await (const chunk of bodyOf(response)) {
      heard();
      if (done + chunk.length > job.largest) throw tooLarge(job);
      await handle.write(chunk, 0, chunk.length, done);
      done += chunk.length;
      job.onProgress?.({ stage: `Downloading ${path.basename(job.file)}`, done, total });
    }
  } finally {
    await handle.close();
  }
  if (total > 0 && done < total) throw new BrokenTransfer('the connection was closed');
}

function tooLarge({ url, largest }: Download): UserError {
  return new UserError(
    `${url} is larger than the ${megabytes(largest)} MB that it should be at most: nothing was installed.`,
  );
}

async function checkDigest({ digest, signal, onProgress, file }: Download, part: string, host: string) {
  const hash: Hash = createHash(digest.algorithm);
  const total = await sizeOf(part);
  let done = 0;
  for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk);
    done += chunk.length;
    onProgress?.({ stage: `Checking ${path.basename(file)}`, done, total });
  }
  const found = hash.digest('hex');
  if (found === digest.hex) return;
  await rm(part, { force: true });
  await rm(originFile(part), { force: true });
  throw new UserError(
    `What ${host} sent is not the expected file (${digest.algorithm} ${found} instead of ${digest.hex}): it was removed; try again, or another source.`,
  );
}

const originFile = (part: string) => `${part}.json`;

async function readOrigin(part: string): Promise<PartialOrigin | undefined> {
  try {
    return JSON.parse(await readFile(originFile(part), 'utf8')) as PartialOrigin;
  } catch {
    return undefined;
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
