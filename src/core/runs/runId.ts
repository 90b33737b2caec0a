/** Names of runs: `2026-11-23T11-30-05-repsim-brainregion`, sorted by time, readable, valid as a folder on every system. */
import path from 'node:path';

/** `attempt` 0 gives the plain name; 1 and up a suffix for a name that is taken. */
export function runId(createdAt: Date, method: string, data: string, attempt = 0): string {
  const time = createdAt.toISOString().slice(0, 19).replaceAll(':', '-');
  const base = path.basename(data, path.extname(data));
  const name = base
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '')
    .slice(0, 40);
  const id = `${time}-${method}-${name || 'data'}`;
  return attempt === 0 ? id : `${id}-${attempt + 1}`;
}
