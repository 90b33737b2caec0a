/** The events of a run sorted by kind, in one pass: what the charts, the header and the report read. */
import type { RunEvent, RunManifest } from '../../src/protocol/runs';

type EventOf<Type extends RunEvent['type']> = Extract<RunEvent, { type: Type }>;

export interface RunRecord {
  /** Names of the layers in the order of the values of a probe. */
  readonly layers: readonly string[];
  readonly started: EventOf<'started'> | undefined;
  /** What is being done now besides training; undefined once a step has followed. */
  readonly stage: EventOf<'stage'> | undefined;
  readonly steps: readonly EventOf<'step'>[];
  readonly validations: readonly EventOf<'validation'>[];
  readonly probes: readonly EventOf<'probe'>[];
  readonly notes: readonly string[];
  readonly failure: string | undefined;
  readonly cancelledAt: number | undefined;
  /** Optimiser steps done, 0 before the first. */
  readonly stepsDone: number;
  /** For how long it was worked on, in milliseconds: what lay between an end and the start that went on from there does not count. */
  readonly elapsed: number;
}

/**
 * Sorts the events of a run. A run that was resumed repeats the steps since its last checkpoint: what was recorded
 * after the step that it resumed from gives way to the repetition.
 */
export function readRun(events: readonly RunEvent[], manifest: RunManifest | undefined): RunRecord {
  let started: EventOf<'started'> | undefined;
  let stage: EventOf<'stage'> | undefined;
  let failure: string | undefined;
  let cancelledAt: number | undefined;
  let steps: EventOf<'step'>[] = [];
  let validations: EventOf<'validation'>[] = [];
  let probes: EventOf<'probe'>[] = [];
  const notes: string[] = [];
  let elapsed = 0;
  let latest = events[0]?.time ?? 0;
  for (const event of events) {
    // A note may be written before the start that it belongs to.
    if (event.type !== 'note') {
      if (event.type !== 'started' || !started) elapsed += Math.max(0, event.time - latest);
      latest = event.time;
    }
    switch (event.type) {
      case 'started': {
        const upTo = (recorded: { step: number }) => recorded.step <= event.fromStep;
        if (started) {
          steps = steps.filter(upTo);
          validations = validations.filter(upTo);
          probes = probes.filter(upTo);
        }
        started = event;
        stage = undefined;
        failure = undefined;
        cancelledAt = undefined;
        break;
      }
      case 'stage':
        stage = event;
        break;
      case 'step':
        steps.push(event);
        stage = undefined;
        break;
      case 'validation':
        validations.push(event);
        break;
      case 'probe':
        // The last step may be measured twice, in training and after it.
        if (probes.at(-1)?.step === event.step) probes.pop();
        probes.push(event);
        break;
      case 'note':
        notes.push(event.message);
        break;
      case 'failed':
        failure = event.message;
        break;
      case 'cancelled':
        cancelledAt = event.step;
        break;
      case 'checkpoint':
      case 'finished':
        break;
      default:
        event satisfies never;
    }
  }
  return {
    layers: manifest?.model.layers ?? numberedLayers(probes.at(-1)),
    started,
    stage,
    steps,
    validations,
    probes,
    notes,
    failure,
    cancelledAt,
    stepsDone: Math.max(steps.at(-1)?.step ?? 0, probes.at(-1)?.step ?? 0, validations.at(-1)?.step ?? 0),
    elapsed,
  };
}

/** Names for a run whose manifest is not there: the last value is that of the final embedding. */
function numberedLayers(probe: EventOf<'probe'> | undefined): string[] {
  const count = probe?.cls.length ?? 0;
  return Array.from({ length: count }, (_, i) => (i + 1 === count ? 'final' : `block.${i}`));
}
