/** Runs that lie in a workspace before the window opens: what another day, or another person, has left. */
import { aboutFile, type RunAbout } from '../../../src/protocol/about';
import {
  eventsFile,
  type FinetuneResult,
  manifestFile,
  type RunEvent,
  type RunManifest,
  resultFile,
} from '../../../src/protocol/runs';
import { exampleEvents, exampleManifest, exampleResult } from '../../webview/exampleRuns';

export interface SeededRun {
  /** Name of its folder. */
  readonly id: string;
  readonly data?: string;
  readonly method?: 'full' | 'repsim';
  /** Undefined: the run did not finish. */
  readonly accuracy?: number;
  readonly about?: Omit<RunAbout, 'format'>;
  readonly manifest?: (manifest: RunManifest) => RunManifest;
  readonly result?: (result: FinetuneResult) => FinetuneResult;
}

/** Files of the workspace, by their paths. */
export function seedRuns(runs: readonly SeededRun[]): Record<string, string> {
  return Object.fromEntries(
    runs.flatMap((run, index) =>
      Object.entries(filesOfRun(run, index)).map(([file, text]) => [`.repsim/runs/${run.id}/${file}`, text]),
    ),
  );
}

function filesOfRun(run: SeededRun, index: number): Record<string, string> {
  const { id, method = 'repsim', data = '/data/brainregion.npz', accuracy, about } = run;
  const finished = accuracy !== undefined;
  const plain = exampleManifest({ method });
  const manifest: RunManifest = {
    ...plain,
    id,
    // The later in the list, the older.
    createdAt: new Date(Date.UTC(2026, 3, 20 - index)).toISOString(),
    settings: { ...plain.settings, method, data },
    pid: 2 ** 22 + 1,
  };
  const events = exampleEvents({ method, done: finished ? 1 : 0.4 });
  const ended: RunEvent[] = finished ? [{ time: events.at(-1)!.time, type: 'finished' }] : [];
  const result = exampleResult({ method });
  const measured = { ...result, test: { ...result.test, accuracy: accuracy ?? null } };
  return {
    [manifestFile]: JSON.stringify(run.manifest?.(manifest) ?? manifest),
    [eventsFile]: `${[...events, ...ended].map((event) => JSON.stringify(event)).join('\n')}\n`,
    ...(finished && { [resultFile]: JSON.stringify(run.result?.(measured) ?? measured) }),
    ...(about && { [aboutFile]: JSON.stringify({ format: 1, ...about }) }),
  };
}
