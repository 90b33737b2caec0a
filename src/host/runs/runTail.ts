/**
 * Follows one run as it is written: reads only what was appended since the last look, and keeps of its events what a
 * picture can show. The memory that it takes is bounded, whatever the files hold.
 */
import path from 'node:path';
import type { RunAbout } from '../../protocol/about';
import { type FileStamp, readBytes, stampOf } from '../../protocol/boundedFile';
import { EventLines } from '../../protocol/eventLines';
import { KeptEvents } from '../../protocol/keptEvents';
import { isWorkedOn, readAbout, readManifest, readResult } from '../../protocol/runFiles';
import {
  eventsFile,
  type FinetuneResult,
  type RunEvent,
  type RunManifest,
  type RunState,
  runState,
} from '../../protocol/runs';
import { runName } from './runName';

const chunkLength = 1024 * 1024;

export class RunTail {
  manifest: RunManifest | undefined;
  result: FinetuneResult | undefined;
  private about: RunAbout | undefined;
  private kept = new KeptEvents();
  private lines = new EventLines();
  private offset = 0;
  private stamp: FileStamp | undefined;
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
    return this.kept.all();
  }

  /** `running`: whether this window runs it; else what the last look found counts. */
  state(running: boolean): RunState {
    return runState(this.events(), running || this.alive);
  }

  private async read(): Promise<void> {
    this.manifest ??= await readManifest(this.folder);
    this.about = await readAbout(this.folder);
    await this.readNew();
    this.alive = await isWorkedOn(this.folder);
  }

  private async readNew(): Promise<void> {
    const file = path.join(this.folder, eventsFile);
    const stamp = await stampOf(file);
    if (!stamp) return;
    if (stamp.size < this.offset || (this.stamp && stamp.inode !== this.stamp.inode)) await this.startOver();
    this.stamp = stamp;
    let finished = false;
    while (this.offset < stamp.size) {
      const bytes = await readBytes(file, this.offset, Math.min(chunkLength, stamp.size - this.offset));
      if (bytes.length === 0) break;
      this.offset += bytes.length;
      for (const event of this.lines.take(bytes)) {
        this.kept.add(event);
        finished ||= event.type === 'finished';
      }
    }
    if (finished) this.result ??= await readResult(this.folder);
  }

  /** Another file took the name. */
  private async startOver(): Promise<void> {
    this.kept = new KeptEvents();
    this.lines = new EventLines();
    this.offset = 0;
    this.result = undefined;
    this.manifest = await readManifest(this.folder);
  }
}
