/** Numbers as people read them. A value that does not exist is an en dash, never NaN. */
import * as l10n from '@vscode/l10n';

const missing = '–';

/** Three decimals below 10, fewer above, an exponent for what is tiny or huge. Null and NaN become a dash. */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  const size = Math.abs(value);
  if (size !== 0 && size < 5e-4) return withMinus(value.toExponential(1));
  if (size < 10) return withMinus(value.toFixed(3));
  if (size < 100) return withMinus(value.toFixed(2));
  if (size < 100_000) return withMinus(value.toFixed(1));
  return withMinus(value.toExponential(2));
}

/** A part of one as a percentage with one decimal: 0.6733 -> "67.3 %". */
export function formatPercent(part: number | null | undefined): string {
  if (part === null || part === undefined || !Number.isFinite(part)) return missing;
  return `${withMinus((100 * part).toFixed(1))} %`;
}

/** A relative change with its sign: -0.46 -> "−46 %". */
export function formatChange(change: number | null | undefined): string {
  if (change === null || change === undefined || !Number.isFinite(change)) return missing;
  const percent = Math.round(100 * change);
  return `${percent > 0 ? '+' : ''}${withMinus(String(percent))} %`;
}

/** A count with thin spaces between the thousands. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** "512 bytes", "1.2 kB", "345.1 MB": powers of 1000. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return l10n.t('{0} bytes', bytes);
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${['kB', 'MB', 'GB', 'TB'][power - 1]}`;
}

/** "42 s", "3 min 07 s", "2 h 05 min". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${pad(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

function withMinus(text: string): string {
  return text.replaceAll('-', '−');
}
