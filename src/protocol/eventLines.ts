/** The events in `events.jsonl`, out of its bytes in whatever pieces they come. What is no event is passed over. */
import { parseRunEvent, type RunEvent } from './runs';

/** A probe of a thousand layers takes some 40 kB; what is longer is no event. */
const longestLine = 256 * 1024;

export class EventLines {
  private rest = '';
  private skipping = false;
  private readonly decoder = new TextDecoder();

  /** The events whose lines end in these bytes, which follow those of the last call. */
  take(bytes: Uint8Array): RunEvent[] {
    const lines = (this.rest + this.decoder.decode(bytes, { stream: true })).split('\n');
    this.rest = lines.pop()!;
    const events: RunEvent[] = [];
    for (const line of lines) {
      const event = this.skipping || line.length > longestLine ? undefined : parseRunEvent(line);
      this.skipping = false;
      if (event) events.push(event);
    }
    if (this.rest.length > longestLine) {
      this.rest = '';
      this.skipping = true;
    }
    return events;
  }
}
