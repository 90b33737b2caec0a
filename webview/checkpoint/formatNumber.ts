/** Values of weights, which may be of any size: four significant digits, an exponent where they are tiny or huge. */
export function formatNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const plain = value === 0 || (size >= 1e-3 && size < 1e6);
  const text = plain ? String(Number(value.toPrecision(4))) : value.toExponential(3);
  return text.replaceAll('-', '−');
}
