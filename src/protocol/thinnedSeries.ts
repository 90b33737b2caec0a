/** A series of any length, kept as evenly spaced points of a number that a picture can show. */

export class ThinnedSeries<T> {
  private kept: T[] = [];
  private newest: T | undefined;
  private stride = 1;
  private seen = 0;

  /** `capacity`: the most points that `values` gives, at least 2. */
  constructor(private readonly capacity: number) {}

  push(value: T): void {
    if (this.seen % this.stride === 0) {
      // Twice the stride with every second point dropped is what the twice as wide stride would have kept.
      if (this.kept.length >= this.capacity - 1) {
        this.kept = this.kept.filter((_, index) => index % 2 === 0);
        this.stride *= 2;
      }
      if (this.seen % this.stride === 0) this.kept.push(value);
    }
    this.newest = value;
    this.seen++;
  }

  /** Drops the points at the end for which `gone` holds. */
  dropLast(gone: (value: T) => boolean): void {
    if (this.newest === undefined || !gone(this.newest)) return;
    while (this.kept.length > 0 && gone(this.kept[this.kept.length - 1]!)) this.kept.pop();
    this.newest = this.kept[this.kept.length - 1];
    this.seen = this.kept.length * this.stride;
  }

  /** The first point, points evenly spaced, and the newest. */
  values(): T[] {
    const last = this.kept[this.kept.length - 1];
    return this.newest === undefined || this.newest === last ? [...this.kept] : [...this.kept, this.newest];
  }
}
