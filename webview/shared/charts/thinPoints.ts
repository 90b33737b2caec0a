/** Thins a series to what a plot can show, keeping every peak: the least and the largest value of each bucket stay. */

export interface Point {
  readonly x: number;
  /** Null where the value is undefined: the line has a gap there. */
  readonly y: number | null;
}

/** At most about `2 * buckets` points of the series, in order. One pass over the points. */
export function thinPoints(points: readonly Point[], buckets: number): readonly Point[] {
  if (points.length <= 2 * buckets) return points;
  const kept: Point[] = [];
  for (let bucket = 0; bucket < buckets; bucket++) {
    const from = Math.floor((bucket * points.length) / buckets);
    const to = Math.floor(((bucket + 1) * points.length) / buckets);
    let least = from;
    let most = from;
    for (let i = from + 1; i < to; i++) {
      const y = points[i]!.y;
      if (y === null) continue;
      if (points[least]!.y === null || y < points[least]!.y!) least = i;
      if (points[most]!.y === null || y > points[most]!.y!) most = i;
    }
    const [first, second] = least < most ? [least, most] : [most, least];
    kept.push(points[first]!);
    if (second !== first) kept.push(points[second]!);
  }
  const last = points.at(-1)!;
  if (kept.at(-1) !== last) kept.push(last);
  return kept;
}
