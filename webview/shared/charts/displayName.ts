/**
 * Names of layers, runs, files and classes are text that others wrote: they may be 10 kB long, hold line breaks or turn
 * the reading direction of what follows. Escaping is the document's work; this makes them fit to be looked at.
 */
import * as l10n from '@vscode/l10n';

// Control characters, line and paragraph separators, and marks that embed, override or isolate a reading direction.
const unshowable = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** The name as the value of a data attribute: whole unless it is longer than any real one. */
export function dataName(name: string): string {
  return name.slice(0, 200);
}

/** The name on one line and at most `length` characters long; the middle gives way, since layer names differ at their ends. */
export function displayName(name: string, length = 40): string {
  // Four times the length is enough to fill it, and keeps a 10 kB name from being searched at every redraw.
  const cut = name.length > 4 * length ? `${name.slice(0, 2 * length)} ${name.slice(-2 * length)}` : name;
  const line = [...cut.replace(unshowable, ' ').replace(/\s+/g, ' ').trim()];
  if (line.length === 0) return l10n.t('(no name)');
  if (line.length <= length && cut === name) return line.join('');
  const head = Math.ceil((length - 1) / 2);
  const tail = length - 1 - head;
  return `${line.slice(0, head).join('')}…${tail > 0 ? line.slice(-tail).join('') : ''}`;
}
