/** What is kept of one layer while its rows stream by: means and sums of squares, and why it cannot be measured if so. */
import { type Features, notFinite } from '../features';

/**
 * Rows are shifted by the mean of the first block and scaled by a power of two, so that what is summed in float32 is of
 * size 1 and centring later cancels little. Beside its d features every row gets its squared length q = ||x||^2.
 */
export class LayerMoments {
  rows = 0;
  /** Of the shifted and scaled features. */
  readonly sums: Float64Array;
  sumOfSquares = 0;
  private rawSquares = 0;
  private scale = 1;
  private readonly shift: Float64Array;
  private bad: string | undefined;

  constructor(readonly d: number) {
    this.sums = new Float64Array(d);
    this.shift = new Float64Array(d);
  }

  /** Adds a block and writes its rows `[d features, q]` to `target`, row i at `offset + i * stride`. */
  add({ n, data }: Features, target: Float32Array | Float64Array, offset: number, stride: number): void {
    const { d, sums, shift } = this;
    this.bad ??= whyBad(data, d, this.rows);
    if (this.rows === 0 && this.bad === undefined) this.settle(n, data);
    this.rows += n;
    for (let i = 0, at = 0; i < n; i++) {
      const to = offset + i * stride;
      if (this.bad !== undefined) {
        target.fill(0, to, to + d + 1);
        continue;
      }
      let square = 0;
      let raw = 0;
      for (let j = 0; j < d; j++, at++) {
        const scaled = data[at]! * this.scale;
        const value = scaled - shift[j]!;
        target[to + j] = value;
        sums[j]! += value;
        square += value * value;
        raw += scaled * scaled;
      }
      target[to + d] = square;
      this.sumOfSquares += square;
      this.rawSquares += raw;
    }
  }

  get means(): Float64Array {
    return this.sums.map((sum) => sum / this.rows);
  }

  /** Why nothing can be said of the layer, by the same rules as for a whole representation at once. */
  get whyUndefined(): string | undefined {
    if (this.bad !== undefined) return this.bad;
    const correction = this.sums.reduce((total, sum) => total + (sum / this.rows) * sum, 0);
    const variation = this.sumOfSquares - correction;
    return variation > 1e-26 * this.rawSquares
      ? undefined
      : 'the representation is the same for every sample';
  }

  private settle(n: number, data: Features['data']): void {
    const { d, shift } = this;
    let largest = 0;
    for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]!));
    if (largest === 0) return;
    const down = 2 ** -exponent(largest);
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < d; j++, at++) shift[j]! += (data[at]! * down) / n;
    }
    let squares = 0;
    for (let i = 0, at = 0; i < n; i++) {
      for (let j = 0; j < d; j++, at++) squares += (data[at]! * down - shift[j]!) ** 2;
    }
    // Where the first block does not vary, later ones are held to be of the size of the values themselves.
    const size = squares > 1e-26 * n * d ? Math.sqrt(squares / n) : 1;
    const factor = 2 ** -exponent(size);
    for (let j = 0; j < d; j++) shift[j]! *= factor;
    this.scale = down * factor;
  }
}

function exponent(value: number): number {
  return Math.max(-500, Math.min(500, Math.ceil(Math.log2(value))));
}

function whyBad(data: Features['data'], d: number, rowsBefore: number): string | undefined {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]!)) return notFinite(rowsBefore * d + i, d, data[i]!);
  }
  return undefined;
}
