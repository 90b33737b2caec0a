/** Tables as RFC 4180 text. */

export function csvText(lines: readonly (readonly string[])[]): string {
  return `${lines.map((line) => line.map(quoted).join(',')).join('\r\n')}\r\n`;
}

/** A name that a spreadsheet would take for a formula gets a quote before it. */
function quoted(cell: string): string {
  const number = cell !== '' && Number.isFinite(Number(cell));
  const safe = !number && /^[=+\-@\t]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
