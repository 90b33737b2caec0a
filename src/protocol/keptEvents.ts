/** Of the events of a run of any length, what a picture can show, in memory that is bounded. */
import type { RunEvent } from './runs';
import { ThinnedSeries } from './thinnedSeries';

/** Most events kept of each type; of the other types only the newest is. */
const capacities: Partial<Record<RunEvent['type'], number>> = {
  started: 50,
  step: 1500,
  validation: 1000,
  probe: 500,
  note: 200,
};
const endings: readonly RunEvent['type'][] = ['finished', 'failed', 'cancelled'];

interface Numbered {
  readonly order: number;
  readonly event: RunEvent;
}

export class KeptEvents {
  private readonly series = new Map<RunEvent['type'], ThinnedSeries<Numbered>>();
  private readonly newest = new Map<RunEvent['type'], Numbered>();
  private order = 0;

  add(event: RunEvent): void {
    if (event.type === 'started') this.forgetAfter(event.fromStep);
    const numbered = { order: this.order++, event };
    const capacity = capacities[event.type];
    if (capacity === undefined) this.newest.set(event.type, numbered);
    else this.seriesOf(event.type, capacity).push(numbered);
  }

  /** In the order in which they were written. */
  all(): RunEvent[] {
    return [...[...this.series.values()].flatMap((series) => series.values()), ...this.newest.values()]
      .sort((a, b) => a.order - b.order)
      .map(({ event }) => event);
  }

  /** A resumed run does the steps after its checkpoint again: what was written of them is not part of the run any more. */
  private forgetAfter(step: number): void {
    for (const series of this.series.values()) {
      series.dropLast(({ event }) => 'step' in event && event.step > step);
    }
    for (const type of endings) this.newest.delete(type);
  }

  private seriesOf(type: RunEvent['type'], capacity: number): ThinnedSeries<Numbered> {
    const series = this.series.get(type) ?? new ThinnedSeries<Numbered>(capacity);
    this.series.set(type, series);
    return series;
  }
}
