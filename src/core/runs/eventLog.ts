/**
 * `events.jsonl`: one event a line, only ever appended to. Lines are collected for at most 250 ms and then written whole and in
 * order by one write, so that a crash can cut off nothing but the last line.
 */
import { type FileHandle, open } from 'node:fs/promises';
import type { RunEvent } from '../../protocol/runs';

const flushAfterMs = 250;

export interface EventLog {
  /** Takes the event; it is on its way to the file within 250 ms. Throws what an earlier write failed with. */
  append(event: RunEvent): void;
  /** Resolves when everything appended so far is in the file. */
  flush(): Promise<void>;
  /** Writes what is left and closes the file. */
  close(): Promise<void>;
}

/** Opens the log for appending. `onWritten` is told after each write. */
export async function openEventLog(path: string, onWritten?: () => void): Promise<EventLog> {
  const file = await open(path, 'a+');
  await endLastLine(file);
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failure: { error: unknown } | undefined;

  const write = async (): Promise<void> => {
    if (waiting.length === 0 || failure) return;
    const text = waiting.join('');
    waiting = [];
    try {
      await file.appendFile(text);
    } catch (error) {
      failure = { error };
      return;
    }
    onWritten?.();
  };
  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write);
    await writing;
    if (failure) throw failure.error;
  };
  return {
    append(event) {
      if (failure) throw failure.error;
      waiting.push(`${JSON.stringify(event)}\n`);
      timer ??= setTimeout(() => {
        timer = undefined;
        writing = writing.then(write);
      }, flushAfterMs);
    },
    flush,
    async close() {
      try {
        await flush();
      } finally {
        await file.close();
      }
    },
  };
}

/** A crash may have left half a line: without this the next event would be glued to it and lost with it. */
async function endLastLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  if (size === 0) return;
  const last = new Uint8Array(1);
  await file.read(last, 0, 1, size - 1);
  if (last[0] !== 0x0a) await file.appendFile('\n');
}
