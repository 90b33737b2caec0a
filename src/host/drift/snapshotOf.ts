/** The snapshot of a run that the drift panel draws, from its files and from what this window knows of it. */
import type { DriftSnapshot } from '../../protocol/drift';
import type { Progress } from '../../protocol/progress';
import type { RunEvent, RunState } from '../../protocol/runs';
import type { EngineOutcome } from '../engine/engineRun';
import type { RunTail } from '../runs/runTail';

/** What is known of a run that this window has started, besides its files. */
export interface KnownOfRun {
  readonly progress: Progress | undefined;
  readonly outcome: EngineOutcome | undefined;
}

/** `tail` is undefined as long as the run has no folder; `known` is undefined for a run of another process. */
export function snapshotOf(
  name: string,
  tail: RunTail | undefined,
  known: KnownOfRun | undefined,
): DriftSnapshot {
  const goesOn = known !== undefined && known.outcome === undefined;
  const written = tail?.events() ?? [];
  const told = tail?.state(goesOn) ?? stateWithoutFiles(known);
  // What this window goes on with again has not written yet that it has started.
  const state = goesOn && (told === 'cancelled' || told === 'failed') ? 'preparing' : told;
  const events = goesOn ? withProgress(written, known.progress) : withEnd(written, known?.outcome);
  return {
    type: 'snapshot',
    run: tail?.folder,
    name,
    state,
    manifest: tail?.manifest,
    events,
    result: tail?.result,
  };
}

function stateWithoutFiles(known: KnownOfRun | undefined): RunState {
  switch (known?.outcome?.kind) {
    case undefined:
      return known ? 'preparing' : 'interrupted';
    case 'failed':
      return 'failed';
    case 'cancelled':
      return 'cancelled';
    case 'finished':
      return 'finished';
    case 'died':
      return 'interrupted';
  }
}

/** What the engine says about how far it is is newer than what it wrote. */
function withProgress(events: RunEvent[], progress: Progress | undefined): RunEvent[] {
  if (!progress) return events;
  return [...events.filter(({ type }) => type !== 'stage'), { time: Date.now(), type: 'stage', ...progress }];
}

/** A run that ended before it had a folder to write its last word into still tells it. */
function withEnd(events: RunEvent[], outcome: EngineOutcome | undefined): RunEvent[] {
  const time = Date.now();
  if (outcome?.kind === 'failed' && !events.some(({ type }) => type === 'failed')) {
    return [...events, { time, type: 'failed', message: outcome.message }];
  }
  if (outcome?.kind === 'died') {
    return [...events, { time, type: 'note', message: `The engine stopped unexpectedly (${outcome.how}).` }];
  }
  return events;
}
