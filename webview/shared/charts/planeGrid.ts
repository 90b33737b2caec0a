/** Values on the grid of a plane: places between its points, its edge, and what stands for points that are still to come. */

/** The coordinate at a place between two grid points; straight on beyond the first and the last. */
export function at(values: readonly number[], place: number): number {
  const below = Math.max(0, Math.min(values.length - 2, Math.floor(place)));
  const step = values[below + 1] - values[below];
  return values[below] + (place - below) * step;
}

/** Sweeps that even out what lies between coarse points: enough for gaps of a few cells. */
const sweeps = 24;

/** Every gap gets the value of its nearest neighbour, then the mean of those around it: coarse points stand for what is to come. */
export function fillGaps(values: readonly (readonly (number | null)[])[]): number[][] {
  const filled = values.map((row) => [...row]);
  for (let left = true, pass = 0; left && pass < 1000; pass++) {
    left = false;
    const before = filled.map((row) => [...row]);
    before.forEach((row, r) => {
      row.forEach((value, c) => {
        if (value !== null) return;
        left = true;
        const near = [before[r][c - 1], before[r][c + 1], before[r - 1]?.[c], before[r + 1]?.[c]];
        filled[r][c] = near.find((other) => other !== null && other !== undefined) ?? null;
      });
    });
  }
  const full = filled.map((row) => row.map((value) => value ?? 0));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    values.forEach((row, r) => {
      row.forEach((value, c) => {
        if (value !== null) return;
        const near = [full[r][c - 1], full[r][c + 1], full[r - 1]?.[c], full[r + 1]?.[c]];
        const known = near.filter((other) => other !== undefined);
        full[r][c] = known.reduce((sum, other) => sum + other, 0) / known.length;
      });
    });
  }
  return full;
}

/** The grid with one more cell at each side, as the nearest one, row by row. */
export function padGrid(values: readonly (readonly number[])[], columns: number, rows: number): number[] {
  const clamp = (index: number, count: number) => Math.max(0, Math.min(count - 1, index - 1));
  const padded: number[] = [];
  for (let r = 0; r < rows + 2; r++) {
    for (let c = 0; c < columns + 2; c++) padded.push(values[clamp(r, rows)][clamp(c, columns)]);
  }
  return padded;
}
