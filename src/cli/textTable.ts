/** Tables for a terminal. */

/** Text in columns: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[i]! + 2)))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** Four significant digits; "-" where there is no figure. */
export function figureText(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : Number(value.toPrecision(4)).toString();
}
