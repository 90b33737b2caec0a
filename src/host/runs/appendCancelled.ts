/** The last word of a run whose process had to be killed by our cancel and so could not leave it itself. */
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { eventsFile, type RunEvent } from '../../protocol/runs';
import { RunTail } from './runTail';

/** Appends `cancelled` unless the run has a last word. The line begins anew, for the one before may be cut off. */
export async function appendCancelled(folder: string): Promise<void> {
  const tail = new RunTail(folder);
  await tail.refresh();
  const state = tail.state(true);
  if (state !== 'running' && state !== 'preparing') return;
  const step = tail.events().findLast((event) => event.type === 'step')?.step ?? 0;
  const event: RunEvent = { time: Date.now(), type: 'cancelled', step };
  await appendFile(path.join(folder, eventsFile), `\n${JSON.stringify(event)}\n`);
}
