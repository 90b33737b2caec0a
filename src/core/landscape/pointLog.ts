/** Points of an unfinished landscape, one a line, so that it goes on where it was cancelled or where the program died. */
import { appendFile, rm } from 'node:fs/promises';
import * as z from 'zod';
import { readBytes, stampOf } from '../../protocol/boundedFile';
import { analysisLimit } from '../../protocol/runFiles';
import { makeResultFolder } from '../runs/keptResults';
import type { PointValue } from './pointProgram';

/** null where the value is not finite. */
const value = z.object({ loss: z.number().nullable(), accuracy: z.number().nullable() });
const line = z.object({
  model: z.number().int(),
  row: z.number().int(),
  column: z.number().int(),
  values: z.array(value).describe('By split.'),
});
export type LoggedPoint = z.output<typeof line>;

export interface PointLog {
  /** Points of an earlier time; a line that is cut off is left out. */
  readonly earlier: readonly LoggedPoint[];
  /** Where the file system refuses, the work only cannot be resumed. */
  append(point: LoggedPoint): Promise<void>;
  remove(): Promise<void>;
}

export async function openPointLog(workspace: string, file: string): Promise<PointLog> {
  const { size = 0 } = (await stampOf(file)) ?? {};
  const text = (await readBytes(file, 0, Math.min(size, analysisLimit))).toString('utf8');
  const earlier = text.split('\n').flatMap((entry) => {
    try {
      return [line.parse(JSON.parse(entry))];
    } catch {
      return [];
    }
  });
  let writable = await makeResultFolder(workspace, file).then(
    () => true,
    () => false,
  );
  // What was cut off must not swallow the next line.
  let before = text === '' || text.endsWith('\n') ? '' : '\n';
  return {
    earlier,
    async append(point) {
      if (!writable) return;
      writable = await appendFile(file, `${before}${JSON.stringify(point)}\n`).then(
        () => true,
        () => false,
      );
      before = '';
    },
    remove: () => rm(file, { force: true }).catch(() => undefined),
  };
}

/** What is not finite does not exist: neither the loss nor what it was to be right about. */
export function recorded({ loss, accuracy }: PointValue): LoggedPoint['values'][number] {
  return Number.isFinite(loss) ? { loss, accuracy } : { loss: null, accuracy: null };
}
