/** Filter normalisation of a direction in weight space (Li, Xu, Taylor, Studer and Goldstein, 2018). */

/** Keeps a filter of a direction that is zero from being divided by nothing. */
const smallest = 1e-10;

/**
 * Every row (all axes but the first together: the weights of one output) of `direction` scaled to the length of that row of
 * `weights`, in place: d ||w|| / (||d|| + 1e-10). A tensor of one axis or none, a bias or a norm, becomes 0: its size says nothing
 * about how far it may move. Both are flat, of the given shape.
 */
export function filterNormalise(
  direction: Float32Array,
  weights: Float32Array,
  shape: readonly number[],
): void {
  const [rows = 1] = shape;
  if (shape.length < 2) {
    direction.fill(0);
    return;
  }
  const length = direction.length / rows;
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * length, (row + 1) * length];
    const factor = norm(weights, from, to) / (norm(direction, from, to) + smallest);
    for (let i = from; i < to; i++) direction[i]! *= factor;
  }
}

function norm(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}
