/** Measures of what two models answer, from their logits, which are kept while the images go by. */
import type { MeasureResult } from '../../protocol/compare';
import { type Features, type Similarity, undefinedBecause } from '../similarity/features';
import type { Measure } from '../similarity/measure';
import { subsampleRows } from '../similarity/subsample';
import { HeldRows } from './heldRows';
import { measureResult } from './measureResult';
import { logitsName } from './source';

/** Images whose logits are kept at most. */
const mostImages = 100_000;

export class LogitsPass {
  private readonly a: HeldRows;
  private readonly b: HeldRows;
  private start = 0;

  constructor(
    private readonly measures: readonly Measure[],
    private readonly images: number,
    private readonly seed: number,
  ) {
    const rows = subsampleRows(images, mostImages, seed);
    this.a = new HeldRows(rows);
    this.b = new HeldRows(rows);
  }

  /** The logits of the next images, where the side has any. */
  add(a: Features | undefined, b: Features | undefined): void {
    if (this.measures.length === 0) return;
    if (a) this.a.add(this.start, [a]);
    if (b) this.b.add(this.start, [b]);
    this.start += (a ?? b)?.n ?? 0;
  }

  finish(): Record<string, MeasureResult> {
    const names = { a: [logitsName], b: [logitsName] };
    const n = this.a.rows.length;
    const part = n === this.images ? undefined : { n, of: this.images, seed: this.seed };
    return Object.fromEntries(
      this.measures.map((measure) => [
        measure.id,
        {
          ...measureResult(measure, [[this.compare(measure)]], names, part),
          layersA: names.a,
          layersB: names.b,
        },
      ]),
    );
  }

  private compare(measure: Measure): Similarity {
    const [a] = this.a.features();
    const [b] = this.b.features();
    if (a === undefined || b === undefined) {
      return undefinedBecause(`${a === undefined ? 'A' : 'B'} has no outputs for classes`);
    }
    if (a.d !== b.d) return undefinedBecause(`the two models have ${a.d} and ${b.d} classes`);
    return measure.compare(a, b, { seed: this.seed });
  }
}
