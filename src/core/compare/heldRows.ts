/** Rows of all layers that are kept in memory: all of them or a seeded part, for what cannot be computed as they stream by. */
import type { Features } from '../similarity/features';

export class HeldRows {
  private readonly layers: { d: number; data: Float32Array | Float64Array }[] = [];
  private held = 0;

  /** `rows`: places among all rows, ascending. */
  constructor(readonly rows: Int32Array) {}

  /** The next rows of every layer, the first of which has place `start`. */
  add(start: number, layers: readonly Features[]): void {
    const end = start + (layers[0]?.n ?? 0);
    const first = this.held;
    while (this.held < this.rows.length && this.rows[this.held]! < end) this.held++;
    layers.forEach(({ d, data }, l) => {
      this.layers[l] ??= {
        d,
        data:
          data instanceof Float64Array
            ? new Float64Array(this.rows.length * d)
            : new Float32Array(this.rows.length * d),
      };
      const target = this.layers[l].data;
      for (let k = first; k < this.held; k++) {
        const from = (this.rows[k]! - start) * d;
        target.set(data.subarray(from, from + d), k * d);
      }
    });
  }

  features(): Features[] {
    return this.layers.map(({ d, data }) => ({ n: this.rows.length, d, data }));
  }
}
