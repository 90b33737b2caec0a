/**
 * Follows one run as it is written: reads only what was appended since the last look, and keeps of its events what a
 * picture can show. The memory that it takes is bounded, whatever the files hold.
 */
import path from 'node:path';
import type { RunAbout } from '../../protocol/about';
import {
  eventsFile,
  type FinetuneResult,
  parseRunEvent,
  type RunEvent,
  type RunManifest,
  type RunState,
  runState,
} from '../../protocol/runs';
import { readAbout } from './aboutRun';
import { type FileStamp, readBytes, stampOf } from './boundedFile';
import { readManifest, readResult, seemsAlive } from './runFiles';
import { runName } from './runName';
import { ThinnedSeries } from './thinnedSeries';

const chunkLength = 1024 * 1024;
/** A probe of a thousand layers takes some 40 kB; what is longer is no event. */
const longestLine = 256 * 1024;

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

export class RunTail {
  manifest: RunManifest | undefined;
  result: FinetuneResult | undefined;
  private about: RunAbout | undefined;
  private series = new Map<RunEvent['type'], ThinnedSeries<Numbered>>();
  private newest = new Map<RunEvent['type'], Numbered>();
  private offset = 0;
  private order = 0;
  private rest = '';
  private skipping = false;
  private stamp: FileStamp | undefined;
  private decoder = new TextDecoder();
  /** Whether another process works on the run. */
  private alive = false;
  private reading: Promise<void> = Promise.resolve();

  constructor(readonly folder: string) {}

  /** What the run is called; undefined as long as it cannot be read. */
  get name(): string | undefined {
    return this.about?.name ?? (this.manifest && runName(this.manifest.settings));
  }

  /** Reads what is new. Calls are taken one after the other. */
  refresh(): Promise<void> {
    this.reading = this.reading.then(() => this.read());
    return this.reading;
  }

  /** The events kept, in the order in which they were written. */
  events(): RunEvent[] {
    return [...[...this.series.values()].flatMap((series) => series.values()), ...this.newest.values()]
      .sort((a, b) => a.order - b.order)
      .map(({ event }) => event);
  }

  /** `running`: whether this window runs it; else what the last look found counts. */
  state(running: boolean): RunState {
    return runState(this.events(), running || this.alive);
  }

  private async read(): Promise<void> {
    this.manifest ??= await readManifest(this.folder);
    this.about = await readAbout(this.folder);
    await this.readNew();
    this.alive =
      this.manifest !== undefined && (await seemsAlive(this.folder, this.manifest, this.stamp?.modified));
  }

  private async readNew(): Promise<void> {
    const file = path.join(this.folder, eventsFile);
    const stamp = await stampOf(file);
    if (!stamp) return;
    if (stamp.size < this.offset || (this.stamp && stamp.inode !== this.stamp.inode)) await this.startOver();
    this.stamp = stamp;
    while (this.offset < stamp.size) {
      const bytes = await readBytes(file, this.offset, Math.min(chunkLength, stamp.size - this.offset));
      if (bytes.length === 0) break;
      this.offset += bytes.length;
      this.take(this.decoder.decode(bytes, { stream: true }));
    }
    if (this.newest.has('finished')) this.result ??= await readResult(this.folder);
  }

  /** Another file took the name. */
  private async startOver(): Promise<void> {
    this.series.clear();
    this.newest.clear();
    this.offset = 0;
    this.rest = '';
    this.skipping = false;
    this.decoder = new TextDecoder();
    this.result = undefined;
    this.manifest = await readManifest(this.folder);
  }

  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop()!;
    for (const line of lines) {
      if (this.skipping) this.skipping = false;
      else if (line.length <= longestLine) this.add(parseRunEvent(line));
    }
    if (this.rest.length > longestLine) {
      this.rest = '';
      this.skipping = true;
    }
  }

  private add(event: RunEvent | undefined): void {
    if (!event) return;
    if (event.type === 'started') this.forgetAfter(event.fromStep);
    const numbered = { order: this.order++, event };
    const capacity = capacities[event.type];
    if (capacity === undefined) this.newest.set(event.type, numbered);
    else this.seriesOf(event.type, capacity).push(numbered);
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
