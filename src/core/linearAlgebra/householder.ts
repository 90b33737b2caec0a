/** Householder reflections: I - beta v v'. */

export interface Reflection {
  readonly v: Float64Array;
  readonly beta: number;
}

/** The reflection that takes `x` to (value, 0, ..., 0); beta is 0 if nothing needs to be done. */
export function reflect(x: Float64Array): Reflection & { readonly value: number } {
  const head = x[0]!;
  let tail = 0;
  for (let i = 1; i < x.length; i++) tail = Math.max(tail, Math.abs(x[i]!));
  if (tail === 0) return { v: x, beta: 0, value: head };
  // Scaled, so that squares neither overflow nor vanish.
  const scale = Math.max(tail, Math.abs(head));
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! / scale) ** 2;
  const length = scale * Math.sqrt(sum);
  const value = head > 0 ? -length : length;
  const v = x.slice();
  v[0] = head - value;
  let size = 0;
  for (let i = 0; i < v.length; i++) {
    v[i]! /= length;
    size += v[i]! * v[i]!;
  }
  return { v, beta: 2 / size, value };
}

/** Reflects the stretch of `data` that begins at `from` and is as long as v, in place. */
export function reflectStretch({ v, beta }: Reflection, data: Float64Array, from: number): void {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]! * data[from + i]!;
  sum *= beta;
  for (let i = 0; i < v.length; i++) data[from + i]! -= sum * v[i]!;
}

/** Reflects rows from.. of a row-major matrix from the left, in columns start..columns, in place. */
export function reflectRows(
  { v, beta }: Reflection,
  data: Float64Array,
  columns: number,
  from: number,
  start: number,
): void {
  const sums = new Float64Array(columns - start);
  for (let i = 0; i < v.length; i++) {
    const at = (from + i) * columns + start;
    const factor = v[i]!;
    for (let j = 0; j < sums.length; j++) sums[j]! += factor * data[at + j]!;
  }
  for (let i = 0; i < v.length; i++) {
    const at = (from + i) * columns + start;
    const factor = beta * v[i]!;
    for (let j = 0; j < sums.length; j++) data[at + j]! -= factor * sums[j]!;
  }
}
