/** Pearson's correlation of two lists of numbers, in [-1, 1]; null where one of the two does not vary. */
export function pearson(x: Float64Array, y: Float64Array): number | null {
  const n = x.length;
  let meanX = 0;
  let meanY = 0;
  for (let i = 0; i < n; i++) {
    meanX += x[i]! / n;
    meanY += y[i]! / n;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const a = x[i]! - meanX;
    const b = y[i]! - meanY;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  const scale = Math.sqrt(xx) * Math.sqrt(yy);
  // Less than rounding of the means leaves no variation at all.
  if (!(xx > 1e-26 * n * meanX * meanX && yy > 1e-26 * n * meanY * meanY && scale > 0)) return null;
  return Math.max(-1, Math.min(1, xy / scale));
}
